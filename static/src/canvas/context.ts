import { createContext, useContext } from "react";
import type { StoreApi } from "zustand/vanilla";
import type { PortRef } from "@/graph/edges";
import type { Place } from "@/graph/document";
import type { Session } from "@/state/session";
import type { Camera } from "./camera";
import type { Scene } from "./scene";
import type { Transient } from "./transient";

/** What the parts of one canvas share. */
export interface CanvasContext {
  readonly session: Session;
  readonly camera: StoreApi<Camera>;
  readonly transient: StoreApi<Transient>;
  /** The document in coordinates, as of its last change. */
  readonly scene: () => Scene;
  /** The mounted cards, so that a held selection is moved without drawing them again. */
  readonly cards: Map<string, HTMLElement>;
  /** How far each card is from its place while a layout glides in. */
  readonly glide: { current: ReadonlyMap<string, { readonly x: number; readonly y: number }> | null };
  readonly redraw: () => void;
  /** Moves the view by screen pixels. */
  readonly panBy: (dx: number, dy: number) => void;
  readonly onFiles: (files: readonly File[], place: Place) => void;
  readonly onPreview: (port: PortRef) => void;
}

const Context = createContext<CanvasContext | null>(null);

export const CanvasProvider = Context.Provider;

export const useCanvas = (): CanvasContext => {
  const canvas = useContext(Context);
  if (!canvas) throw new Error("This belongs on a canvas.");
  return canvas;
};
