import { Trash2 } from "lucide-react";
import { text } from "@/text";
import { removeSelection } from "./acts/clipboard";
import { hasSelection } from "./command";
import type { Command } from "./command";

export const remove: Command = {
  id: "delete",
  label: text.commands.delete,
  icon: Trash2,
  group: "edit",
  keys: ["Delete", "Backspace"],
  menus: ["node", "wire", "note"],
  danger: true,
  when: (session) => !session.readOnly && hasSelection(session),
  do: removeSelection,
};
