import { changeNote } from "@/graph/edits";
import { snap } from "@/graph/geometry";
import { documentOf, edit } from "@/state/session";
import { text } from "@/text";
import type { CanvasContext } from "../context";
import type { Gesture, Pointer } from "./gesture";

/** The right bottom corner of a note follows the pointer. */
export const resizing = ({ session }: CanvasContext, start: Pointer, id: string): Gesture | null => {
  const note = documentOf(session).notes.find((one) => one.id === id);
  if (!note) return null;
  const change = (width: number, height: number) => {
    edit(session, {
      label: text.commands.steps.note,
      joins: `size:${id}`,
      changes: changeNote(documentOf(session), id, { width, height }),
    });
  };
  return {
    pansAtEdge: false,
    move: ({ spot }) => {
      change(
        Math.max(96, snap(note.width + spot.x - start.spot.x)),
        Math.max(48, snap(note.height + spot.y - start.spot.y)),
      );
    },
    end: () => undefined,
    cancel: () => {
      change(note.width, note.height);
    },
  };
};
