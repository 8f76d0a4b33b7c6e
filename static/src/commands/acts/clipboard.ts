import { boxOf, cutOut, paste, readFragment } from "@/graph/fragment";
import type { Fragment } from "@/graph/fragment";
import type { Place } from "@/graph/document";
import { applyChanges } from "@/graph/edit";
import { disconnect, removeNodes, removeNotes } from "@/graph/edits";
import { snap } from "@/graph/geometry";
import { select } from "@/state/selection";
import { documentOf, edit, undoEdit } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { toast } from "@/ui";
import { selectedWires } from "./adding";

/** The selection as clipboard text; null when no node or note is selected. */
export const copied = (session: Session): string | null => {
  const { nodes, notes } = session.selection.getState();
  if (nodes.size + notes.size === 0) return null;
  return JSON.stringify(cutOut(documentOf(session), nodes, notes), null, 2);
};

const put = (session: Session, fragment: Fragment, by: Place, label: string, keepOutside: boolean) => {
  const pasted = paste(documentOf(session), fragment, by, keepOutside);
  edit(session, { label, changes: pasted.changes });
  session.selection.setState(select({ nodes: pasted.nodes, notes: pasted.notes }), true);
};

/** Adds what clipboard text holds, around the pointer or in the middle of the view; false if it holds nothing of ours. */
export const pasteText = (session: Session, clipboard: string, keepOutside: boolean): boolean => {
  const fragment = readFragment(clipboard);
  if (!fragment || Object.keys(fragment.nodes).length + fragment.notes.length === 0) return false;
  const box = boxOf(fragment);
  const stage = session.stage.current;
  const [x, y] = stage?.pointer() ?? stage?.middle() ?? [box.x + 40, box.y + 40];
  const by: Place = [snap(x - box.x - box.width / 2), snap(y - box.y - box.height / 2)];
  const label = text.commands.steps.paste(Object.keys(fragment.nodes).length, fragment.notes.length);
  put(session, fragment, by, label, keepOutside);
  return true;
};

/** A copy of the selection beside it, fed by the same producers. */
export const duplicate = (session: Session): void => {
  const { nodes, notes } = session.selection.getState();
  const fragment = cutOut(documentOf(session), nodes, notes);
  put(session, fragment, [40, 40], text.commands.steps.duplicate(nodes.size, notes.size), true);
};

/** Removes what is selected, heals the wires, and says how to take it back. One step. */
export const removeSelection = (session: Session): void => {
  const document = documentOf(session);
  const { nodes, wires, notes } = session.selection.getState();
  const changes = [...disconnectSelected(session), ...removeNotes(document, notes)];
  edit(session, { label: text.commands.steps.delete(nodes.size, wires.size, notes.size), changes });
  if (nodes.size + notes.size > 2) {
    toast({
      text: text.commands.deleted(nodes.size, wires.size, notes.size),
      action: {
        label: text.commands.undo,
        do: () => {
          undoEdit(session);
        },
      },
    });
  }
};

const disconnectSelected = (session: Session) => {
  const document = documentOf(session);
  const { nodes } = session.selection.getState();
  const wires = selectedWires(session).filter((edge) => !nodes.has(edge.source) && !nodes.has(edge.target));
  const cut = disconnect(document, wires);
  const after = applyChanges(document, cut).document;
  return [...cut, ...removeNodes(after, session.catalogue.getState(), nodes)];
};
