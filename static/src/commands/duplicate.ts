import { CopyPlus } from "lucide-react";
import { text } from "@/text";
import { duplicate as act } from "./acts/clipboard";
import type { Command } from "./command";

export const duplicate: Command = {
  id: "duplicate",
  label: text.commands.duplicate,
  icon: CopyPlus,
  group: "edit",
  keys: ["Mod+D"],
  menus: ["node", "note"],
  when: (session) => {
    const { nodes, notes } = session.selection.getState();
    return !session.readOnly && nodes.size + notes.size > 0;
  },
  do: act,
};
