import { createStore } from "zustand/vanilla";
import type { StoreApi } from "zustand/vanilla";
import type { Rect } from "@/graph/geometry";

/** Where the canvas is looked at: screen = canvas * zoom + (x, y). A mirror of the library's viewport. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  /** Of the pane, in screen pixels. */
  readonly width: number;
  readonly height: number;
}

export const FAR = 0.4;
export const MIN_ZOOM = 0.04;
export const MAX_ZOOM = 2.5;

/** Below this zoom cards are drawn, not mounted. */
export const isFar = (camera: Camera): boolean => camera.zoom < FAR;

export const createCamera = (): StoreApi<Camera> =>
  createStore(() => ({ x: 0, y: 0, zoom: 1, width: 0, height: 0 }));

/** The part of the canvas that is seen, and `margin` screen pixels around it. */
export const seen = (camera: Camera, margin = 0): Rect => ({
  x: (-camera.x - margin) / camera.zoom,
  y: (-camera.y - margin) / camera.zoom,
  width: (camera.width + 2 * margin) / camera.zoom,
  height: (camera.height + 2 * margin) / camera.zoom,
});

/** The viewport that shows a box in the middle. */
export const fitting = (camera: Camera, box: Rect, most: number): { x: number; y: number; zoom: number } => {
  const room = 56;
  const zoom = Math.max(
    MIN_ZOOM,
    Math.min(
      most,
      (camera.width - room * 2) / Math.max(box.width, 1),
      (camera.height - room * 2) / Math.max(box.height, 1),
    ),
  );
  return {
    zoom,
    x: (camera.width - box.width * zoom) / 2 - box.x * zoom,
    y: (camera.height - box.height * zoom) / 2 - box.y * zoom,
  };
};
