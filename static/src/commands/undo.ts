import { Undo2 } from "lucide-react";
import { undoEdit } from "@/state/session";
import { text } from "@/text";
import type { Command } from "./command";

export const undo: Command = {
  id: "undo",
  name: text.commands.undo,
  label: (session) => {
    const step = session.history.getState().past.at(-1);
    return step ? text.commands.undoStep(step.label) : text.commands.undo;
  },
  icon: Undo2,
  group: "edit",
  keys: ["Mod+Z"],
  when: (session) => !session.readOnly && session.history.getState().past.length > 0,
  do: undoEdit,
};
