import { Pencil } from "lucide-react";
import { text } from "@/text";
import { hasOneNode, theNode } from "./command";
import type { Command } from "./command";

export const rename: Command = {
  id: "rename",
  label: text.commands.rename,
  icon: Pencil,
  group: "edit",
  keys: ["F2"],
  menus: ["node"],
  when: (session) => !session.readOnly && hasOneNode(session),
  do: (session) => {
    session.view.setState({ renaming: theNode(session) });
  },
};
