import { Map, Mouse, PanelLeft, PanelRight } from "lucide-react";
import { prefer, preferences } from "@/state/preferences";
import { text } from "@/text";
import { always } from "./command";
import type { Command } from "./command";

export const togglePalette: Command = {
  id: "toggle-palette",
  label: text.commands.togglePalette,
  icon: PanelLeft,
  group: "view",
  keys: ["M"],
  when: always,
  do: (session) => {
    session.view.setState(({ palette }) => ({ palette: !palette }));
  },
};

export const toggleInspector: Command = {
  id: "toggle-inspector",
  label: text.commands.toggleInspector,
  icon: PanelRight,
  group: "view",
  keys: ["I"],
  when: always,
  do: (session) => {
    session.view.setState(({ inspector }) => ({ inspector: !inspector }));
  },
};

export const toggleMinimap: Command = {
  id: "toggle-minimap",
  label: text.commands.toggleMinimap,
  icon: Map,
  group: "view",
  when: always,
  do: () => {
    prefer({ minimap: !preferences.getState().minimap });
  },
};

export const wheel: Command = {
  id: "wheel",
  name: text.commands.wheelZooms,
  label: () => (preferences.getState().wheelZooms ? text.commands.wheelPans : text.commands.wheelZooms),
  icon: Mouse,
  group: "view",
  when: always,
  do: () => {
    prefer({ wheelZooms: !preferences.getState().wheelZooms });
  },
};
