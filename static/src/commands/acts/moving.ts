import { move } from "@/graph/edits";
import type { Place } from "@/graph/document";
import { documentOf, edit } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";

/** Moves the selection. With `joins`, moves soon after each other are one step. */
export const moveSelection = (session: Session, by: Place, joins?: string): void => {
  const { nodes, notes } = session.selection.getState();
  edit(session, {
    label: text.commands.steps.move(nodes.size, notes.size),
    changes: move(documentOf(session), nodes, notes, by),
    ...(joins === undefined ? {} : { joins }),
  });
};
