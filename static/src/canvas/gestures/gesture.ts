import type { Spot } from "@/graph/geometry";

/** A pointer, as a gesture sees it. */
export interface Pointer {
  /** On the canvas. */
  readonly spot: Spot;
  /** On the screen. */
  readonly screen: Spot;
  readonly shift: boolean;
  readonly alt: boolean;
}

/** Something a held pointer does: one state, one file. */
export interface Gesture {
  readonly move: (pointer: Pointer) => void;
  /** The button was released. */
  readonly end: (pointer: Pointer) => void;
  /** Escape, or the pointer was taken away: as if it had never begun. */
  readonly cancel: () => void;
  /** The view pans when the pointer comes near the edge. */
  readonly pansAtEdge: boolean;
}
