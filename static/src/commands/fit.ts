import { Maximize } from "lucide-react";
import { text } from "@/text";
import { around, boxes } from "@/graph/geometry";
import { documentOf } from "@/state/session";
import { always } from "./command";
import type { Command } from "./command";

/** Shows everything; or the selection, when it holds more than one. */
export const fit: Command = {
  id: "fit",
  label: text.commands.fit,
  icon: Maximize,
  group: "view",
  keys: ["1", "Shift+1"],
  menus: ["pane"],
  when: always,
  do: (session) => {
    const { nodes, notes } = session.selection.getState();
    const some = nodes.size > 1 ? around(boxes(documentOf(session), nodes, notes)) : null;
    session.stage.current?.fit(some ?? undefined);
  },
};
