import { Scissors } from "lucide-react";
import { text } from "@/text";
import { toast } from "@/ui";
import { copied } from "./acts/clipboard";
import type { Command } from "./command";

export const cut: Command = {
  id: "cut",
  label: text.commands.cut,
  icon: Scissors,
  group: "edit",
  menus: ["node", "note"],
  when: (session) => !session.readOnly && copied(session) !== null,
  do: () => {
    if (!document.execCommand("cut")) toast({ text: text.commands.copyByKeys });
  },
};
