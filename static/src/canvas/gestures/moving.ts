import { flushSync } from "react-dom";
import { moveSelection } from "@/commands/acts/moving";
import { placeOf } from "@/graph/document";
import { snap } from "@/graph/geometry";
import type { Spot } from "@/graph/geometry";
import { documentOf } from "@/state/session";
import type { CanvasContext } from "../context";
import type { Gesture, Pointer } from "./gesture";

/** Shows the mounted part of the selection where it is held; everything else reads `held` when it draws. */
const hold = ({ cards, session, transient, redraw }: CanvasContext, held: Spot | null) => {
  const { nodes } = session.selection.getState();
  for (const [id, element] of cards) {
    if (nodes.has(id)) element.style.translate = held ? `${String(held.x)}px ${String(held.y)}px` : "";
  }
  transient.setState({ held });
  redraw();
};

/** The selection follows the pointer as one and is put down in one step. */
export const moving = (canvas: CanvasContext, start: Pointer, anchor: Spot): Gesture => {
  const { session } = canvas;
  let held: Spot = { x: 0, y: 0 };
  return {
    pansAtEdge: true,
    move: ({ spot, alt }) => {
      const wish = { x: spot.x - start.spot.x, y: spot.y - start.spot.y };
      // The card in the hand lies on the grid; the others keep their distance to it.
      const next = alt
        ? { x: Math.round(wish.x), y: Math.round(wish.y) }
        : { x: snap(anchor.x + wish.x) - anchor.x, y: snap(anchor.y + wish.y) - anchor.y };
      if (next.x === held.x && next.y === held.y) return;
      held = next;
      hold(canvas, held);
    },
    end: () => {
      flushSync(() => {
        moveSelection(session, [held.x, held.y]);
      });
      hold(canvas, null);
    },
    cancel: () => {
      hold(canvas, null);
    },
  };
};

/** Where the thing under the pointer lies. */
export const anchorOf = (canvas: CanvasContext, node: string | null, note: string | null): Spot => {
  const document = documentOf(canvas.session);
  if (node !== null) {
    const [x, y] = placeOf(document, node);
    return { x, y };
  }
  return document.notes.find(({ id }) => id === note) ?? { x: 0, y: 0 };
};
