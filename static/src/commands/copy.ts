import { Copy } from "lucide-react";
import { text } from "@/text";
import { toast } from "@/ui";
import { copied } from "./acts/clipboard";
import type { Command } from "./command";

/**
 * From a menu. The keys go another way: the browser's own `copy` event, which works on plain http too. Here the old
 * `execCommand` raises that same event; where the browser refuses, it is said, never claimed to be done.
 */
export const copy: Command = {
  id: "copy",
  label: text.commands.copy,
  icon: Copy,
  group: "edit",
  menus: ["node", "note"],
  when: (session) => copied(session) !== null,
  do: (session) => {
    const { nodes, notes } = session.selection.getState();
    const done = document.execCommand("copy");
    toast({ text: done ? text.commands.copied(nodes.size, notes.size) : text.commands.copyByKeys });
  },
};
