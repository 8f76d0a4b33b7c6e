import { StickyNote } from "lucide-react";
import { setNotes } from "@/graph/edit";
import { snap } from "@/graph/geometry";
import { freeId } from "@/graph/names";
import { select } from "@/state/selection";
import { documentOf, edit } from "@/state/session";
import { text } from "@/text";
import { editable } from "./command";
import type { Command } from "./command";

export const addNote: Command = {
  id: "add-note",
  label: text.commands.addNote,
  icon: StickyNote,
  group: "graph",
  keys: ["N"],
  menus: ["pane"],
  when: editable,
  do: (session) => {
    const stage = session.stage.current;
    const [x, y] = stage?.pointer() ?? stage?.middle() ?? [0, 0];
    const { notes } = documentOf(session);
    const id = freeId("note", (name) => notes.some((note) => note.id === name));
    edit(session, {
      label: text.commands.steps.note,
      changes: [setNotes([...notes, { id, text: "", x: snap(x), y: snap(y), width: 240, height: 96 }])],
    });
    session.selection.setState(select({ notes: [id] }), true);
    session.view.setState({ editingNote: id });
  },
};
