import { PanelBottom, ScrollText, Table2 } from "lucide-react";
import { text } from "@/text";
import { always, hasOneNode } from "./command";
import type { Command } from "./command";

export const openLogs: Command = {
  id: "open-logs",
  label: text.commands.openLogs,
  icon: ScrollText,
  group: "run",
  keys: ["L"],
  menus: ["node"],
  when: hasOneNode,
  do: (session) => {
    session.view.setState({ drawer: "logs" });
  },
};

export const openPreview: Command = {
  id: "open-preview",
  label: text.commands.openPreview,
  icon: Table2,
  group: "run",
  keys: ["P"],
  menus: ["node"],
  when: hasOneNode,
  do: (session) => {
    session.view.setState({ drawer: "preview" });
  },
};

export const toggleDrawer: Command = {
  id: "toggle-drawer",
  label: text.commands.toggleDrawer,
  icon: PanelBottom,
  group: "view",
  keys: ["Mod+J"],
  when: always,
  do: (session) => {
    session.view.setState(({ drawer }) => ({ drawer: drawer === null ? "logs" : null }));
  },
};
