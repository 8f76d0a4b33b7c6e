import { BoxSelect } from "lucide-react";
import { select } from "@/state/selection";
import { documentOf } from "@/state/session";
import { text } from "@/text";
import { always } from "./command";
import type { Command } from "./command";

export const selectAll: Command = {
  id: "select-all",
  label: text.commands.selectAll,
  icon: BoxSelect,
  group: "edit",
  keys: ["Mod+A"],
  menus: ["pane"],
  when: always,
  do: (session) => {
    const document = documentOf(session);
    session.selection.setState(
      select({ nodes: Object.keys(document.nodes), notes: document.notes.map((note) => note.id) }),
      true,
    );
  },
};
