import { ZoomIn, ZoomOut } from "lucide-react";
import { text } from "@/text";
import { always } from "./command";
import type { Command } from "./command";

export const zoomIn: Command = {
  id: "zoom-in",
  label: text.commands.zoomIn,
  icon: ZoomIn,
  group: "view",
  keys: ["Mod+=", "+", "="],
  when: always,
  do: (session) => {
    session.stage.current?.zoomBy(1.25);
  },
};

export const zoomOut: Command = {
  id: "zoom-out",
  label: text.commands.zoomOut,
  icon: ZoomOut,
  group: "view",
  keys: ["Mod+-", "-"],
  when: always,
  do: (session) => {
    session.stage.current?.zoomBy(0.8);
  },
};

export const zoom100: Command = {
  id: "zoom-100",
  label: text.commands.zoom100,
  group: "view",
  keys: ["0", "Mod+0"],
  when: always,
  do: (session) => {
    session.stage.current?.zoomTo(1);
  },
};
