import type { PipelineDocument } from "./document";
import { placeOf } from "./document";
import type { Edge, PortRef } from "./edges";
import { portsOf } from "./ports";
import type { Catalogue } from "./catalogue";
import type { Spot } from "./curve";

export { along, bend, distanceToWire } from "./curve";
export type { Spot } from "./curve";

/** Where things are on the canvas. Sizes are given, never measured. */
export const CARD = { width: 200, height: 64 } as const;
export const GRID = 8;

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const snap = (value: number): number => Math.round(value / GRID) * GRID;

/** How far from the left side of a card its port lies: ports share the side evenly. */
export const portOffset = (index: number, count: number): number => (CARD.width * (index + 1)) / (count + 1);

/** How far from the left side of a card a named port lies; the middle for one that is not there. */
export const offsetOf = (ports: readonly { readonly name: string }[], name: string): number => {
  const index = ports.findIndex((port) => port.name === name);
  return index < 0 ? CARD.width / 2 : portOffset(index, ports.length);
};

/** The middle of a port. */
export const portSpot = (document: PipelineDocument, catalogue: Catalogue, ref: PortRef): Spot => {
  const [x, y] = placeOf(document, ref.node);
  const ports = portsOf(document, catalogue, ref.node);
  return ref.side === "input"
    ? { x: x + offsetOf(ports.inputs, ref.port), y }
    : { x: x + offsetOf(ports.outputs, ref.port), y: y + CARD.height };
};

/** Both ends of a wire. Order without data runs from the middle of one card to the middle of the other. */
export const wireEnds = (
  document: PipelineDocument,
  catalogue: Catalogue,
  edge: Edge,
): { readonly from: Spot; readonly to: Spot } => ({
  from: portSpot(document, catalogue, { node: edge.source, port: edge.output, side: "output" }),
  to: portSpot(document, catalogue, { node: edge.target, port: edge.input, side: "input" }),
});

export const overlaps = (one: Rect, other: Rect): boolean =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

/** The rectangle around some rectangles; null around none. */
export const around = (boxes: Iterable<Rect>): Rect | null => {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  return left === Infinity ? null : { x: left, y: top, width: right - left, height: bottom - top };
};

export const cardBox = (document: PipelineDocument, id: string): Rect => {
  const [x, y] = placeOf(document, id);
  return { x, y, ...CARD };
};

/** Everything there is, as boxes. */
export const boxes = (
  document: PipelineDocument,
  nodes: Iterable<string> = Object.keys(document.nodes),
  notes?: ReadonlySet<string>,
): readonly Rect[] => [
  ...[...nodes].map((id) => cardBox(document, id)),
  ...document.notes.filter((note) => notes?.has(note.id) ?? true),
];

/** A place for a card near the wanted one that covers no other card: down, then right, by steps. */
export const freePlace = (
  document: PipelineDocument,
  [x, y]: readonly [number, number],
): readonly [number, number] => {
  const taken = Object.keys(document.nodes).map((id) => cardBox(document, id));
  for (let step = 0; step < 40; step += 1) {
    const box: Rect = { x: x + (step % 4) * 40, y: y + step * 24, ...CARD };
    const roomy = { x: box.x - 16, y: box.y - 16, width: box.width + 32, height: box.height + 32 };
    if (!taken.some((other) => overlaps(roomy, other))) return [snap(box.x), snap(box.y)];
  }
  return [snap(x), snap(y)];
};
