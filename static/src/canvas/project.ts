import type { PipelineDocument } from "@/graph/document";
import { placeOf } from "@/graph/document";
import { CARD, overlaps } from "@/graph/geometry";
import type { Rect, Spot } from "@/graph/geometry";
import type { CardNode } from "./Card";
import type { NoteNode } from "./NoteCard";
import type { Scene } from "./scene";

/** What the canvas library is given: the cards in sight, with places and sizes and nothing else. */
export type FlowNode = CardNode | NoteNode;

export interface Visible {
  readonly nodes: readonly string[];
  readonly notes: readonly string[];
}

const EMPTY: Record<string, never> = {};
const HANDLES: [] = [];

/** The cards and notes in a view; none far away, where they are drawn instead. */
export const visibleIds = (
  scene: Scene,
  view: Rect,
  far: boolean,
  held: { readonly spot: Spot; readonly nodes: ReadonlySet<string> } | null,
): Visible => {
  const notes = scene.document.notes.flatMap((note) => (overlaps(view, note) ? [note.id] : []));
  if (far) return { nodes: [], notes };
  const [right, bottom] = [view.x + view.width, view.y + view.height];
  const nodes: string[] = [];
  for (const { id, x, y } of scene.nodes) {
    const off = held?.nodes.has(id) ? held.spot : null;
    const [left, top] = off ? [x + off.x, y + off.y] : [x, y];
    if (left > right || top > bottom || left + CARD.width < view.x || top + CARD.height < view.y) continue;
    nodes.push(id);
  }
  return { nodes, notes };
};

const cards = new Map<string, CardNode>();

/** The same object for a card that did not move, so that the library does nothing for it. */
const card = (document: PipelineDocument, id: string): CardNode => {
  const [x, y] = placeOf(document, id);
  const known = cards.get(id);
  if (known?.position.x === x && known.position.y === y) return known;
  const made: CardNode = {
    id,
    type: "card",
    position: { x, y },
    data: EMPTY,
    ...CARD,
    measured: CARD,
    handles: HANDLES,
    focusable: false,
  };
  if (cards.size > 4000) cards.clear();
  cards.set(id, made);
  return made;
};

export const project = (document: PipelineDocument, visible: Visible): FlowNode[] => [
  ...visible.notes.flatMap((id): NoteNode[] => {
    const note = document.notes.find((one) => one.id === id);
    if (!note) return [];
    const { width, height } = note;
    return [
      {
        id: `note:${id}`,
        type: "note",
        position: { x: note.x, y: note.y },
        data: EMPTY,
        width,
        height,
        measured: { width, height },
        handles: HANDLES,
        zIndex: -1,
        focusable: false,
      },
    ];
  }),
  ...visible.nodes.flatMap((id) => (Object.hasOwn(document.nodes, id) ? [card(document, id)] : [])),
];
