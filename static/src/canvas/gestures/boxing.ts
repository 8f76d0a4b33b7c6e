import { overlaps } from "@/graph/geometry";
import type { Rect } from "@/graph/geometry";
import { select } from "@/state/selection";
import type { CanvasContext } from "../context";
import { nodesIn } from "../hits";
import type { Gesture, Pointer } from "./gesture";

const between = (one: Pointer, other: Pointer): Rect => ({
  x: Math.min(one.spot.x, other.spot.x),
  y: Math.min(one.spot.y, other.spot.y),
  width: Math.abs(one.spot.x - other.spot.x),
  height: Math.abs(one.spot.y - other.spot.y),
});

/** A box that selects what it touches; with Shift it adds to what was selected. */
export const boxing = (canvas: CanvasContext, start: Pointer): Gesture => {
  const { session, transient } = canvas;
  const before = session.selection.getState();
  let last = "";
  const close = () => {
    transient.setState({ box: null });
  };
  return {
    pansAtEdge: true,
    move: (pointer) => {
      const box = between(start, pointer);
      transient.setState({ box });
      const scene = canvas.scene();
      const nodes = nodesIn(scene, box);
      const notes = scene.document.notes.flatMap((note) => (overlaps(box, note) ? [note.id] : []));
      const key = `${nodes.join()};${notes.join()}`;
      if (key === last) return;
      last = key;
      session.selection.setState(
        start.shift
          ? select({ nodes: [...before.nodes, ...nodes], notes: [...before.notes, ...notes] })
          : select({ nodes, notes }),
        true,
      );
    },
    end: close,
    cancel: () => {
      session.selection.setState(before, true);
      close();
    },
  };
};
