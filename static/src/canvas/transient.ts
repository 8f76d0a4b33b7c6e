import { createStore } from "zustand/vanilla";
import type { StoreApi } from "zustand/vanilla";
import type { Edge, PortRef } from "@/graph/edges";
import type { Rect, Spot } from "@/graph/geometry";

/** A wire being drawn. */
export interface Wiring {
  readonly from: PortRef;
  /** The wire whose end is being moved; null for a new one. */
  readonly edge: Edge | null;
  /** The ports it may end in, by node. */
  readonly open: ReadonlyMap<string, readonly string[]>;
  /** The pointer, on the canvas. */
  readonly at: Spot;
  /** The port it would end in. */
  readonly target: PortRef | null;
  /** Why it would be refused here. */
  readonly reason: string | null;
}

/** What a pointer is doing now: never in the document, gone when the button is released. */
export interface Transient {
  /** How far the selection is held from where the document has it. */
  readonly held: Spot | null;
  readonly box: Rect | null;
  readonly wiring: Wiring | null;
  readonly hoveredNode: string | null;
  readonly hoveredWire: string | null;
  /** The wire a dragged module would be put into. */
  readonly splitting: string | null;
  /** A refusal that was just met, where it was met (screen). */
  readonly refused: { readonly at: Spot; readonly text: string } | null;
  readonly panning: boolean;
  /** Something from outside the browser is dragged over the canvas. */
  readonly files: boolean;
}

const AT_REST: Transient = {
  held: null,
  box: null,
  wiring: null,
  hoveredNode: null,
  hoveredWire: null,
  splitting: null,
  refused: null,
  panning: false,
  files: false,
};

export const createTransient = (): StoreApi<Transient> => createStore(() => AT_REST);
