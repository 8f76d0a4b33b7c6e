import type { Place } from "@/graph/document";
import { documentOf } from "@/state/session";
import type { CanvasContext } from "./context";

const LENGTH_MS = 200;

/**
 * Cards glide from where they were to where the document now has them. Only the picture moves: the document has the
 * new places from the first frame, and a hand that takes a card meanwhile takes it where it will be.
 */
export const glideFrom = (canvas: CanvasContext, from: ReadonlyMap<string, Place>): void => {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const begun = performance.now();
  const step = (now: number) => {
    const done = Math.min(1, (now - begun) / LENGTH_MS);
    const left = (1 - done) ** 3;
    if (done >= 1) {
      canvas.glide.current = null;
      for (const element of canvas.cards.values()) element.style.translate = "";
      canvas.redraw();
      return;
    }
    const { layout } = documentOf(canvas.session);
    const offsets = new Map<string, { x: number; y: number }>();
    for (const [id, [x, y]] of from) {
      const place = layout[id];
      if (place) offsets.set(id, { x: (x - place[0]) * left, y: (y - place[1]) * left });
    }
    canvas.glide.current = offsets;
    for (const [id, element] of canvas.cards) {
      const offset = offsets.get(id);
      if (offset) element.style.translate = `${String(offset.x)}px ${String(offset.y)}px`;
    }
    canvas.redraw();
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
};
