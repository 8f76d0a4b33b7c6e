import type { Place } from "@/graph/document";
import type { Point } from "./view";

/** A rectangle on the canvas. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What commands ask of the canvas. The canvas puts itself here while it is on the page. */
export interface Stage {
  readonly fit: (box?: Box) => void;
  /** Zooms around the middle of the view. */
  readonly zoomBy: (factor: number) => void;
  readonly zoomTo: (zoom: number) => void;
  /** Brings a box into view if it is not; never moves otherwise. */
  readonly reveal: (box: Box) => void;
  readonly toCanvas: (screen: Point) => Place;
  readonly toScreen: (place: Place) => Point;
  /** The place in the middle of the view. */
  readonly middle: () => Place;
  /** The last place of the pointer over the canvas; null when it is elsewhere. */
  readonly pointer: () => Place | null;
  /** Animates cards from where they are to where the document now puts them. */
  readonly glide: (from: ReadonlyMap<string, Place>) => void;
}
