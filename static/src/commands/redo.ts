import { Redo2 } from "lucide-react";
import { redoEdit } from "@/state/session";
import { text } from "@/text";
import type { Command } from "./command";

export const redo: Command = {
  id: "redo",
  name: text.commands.redo,
  label: (session) => {
    const [step] = session.history.getState().future;
    return step ? text.commands.redoStep(step.label) : text.commands.redo;
  },
  icon: Redo2,
  group: "edit",
  keys: ["Mod+Shift+Z", "Mod+Y"],
  when: (session) => !session.readOnly && session.history.getState().future.length > 0,
  do: redoEdit,
};
