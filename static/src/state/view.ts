import type { Place } from "@/graph/document";
import type { PortRef } from "@/graph/edges";
import type { Part } from "@/graph/reuse";

/** What the editor shows besides the document. Never saved with it, never undone. */

export type Drawer = "logs" | "preview" | "metrics" | "problems";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Quick add: where it opens, and the port it was dragged from. */
export interface QuickAdd {
  /** On the screen. */
  readonly at: Point;
  /** Where the new node's middle top goes, on the canvas. */
  readonly place: Place;
  readonly from: PortRef | null;
}

export type Overlay = "commands" | "shortcuts" | "search" | "run" | null;

export interface View {
  readonly palette: boolean;
  readonly inspector: boolean;
  readonly drawer: Drawer | null;
  /** The port the preview shows. */
  readonly previewed: { readonly node: string; readonly port: string } | null;
  readonly overlay: Overlay;
  /** The part that the run dialog is about. */
  readonly part: Part;
  readonly quickAdd: QuickAdd | null;
  /** The node whose name is being edited on its card. */
  readonly renaming: string | null;
  readonly editingNote: string | null;
  /** The port from which a wire is drawn by keyboard. */
  readonly connecting: PortRef | null;
  /** The node that a list or search points at. */
  readonly pointed: string | null;
  /** Everything else is dimmed while a path is looked at. */
  readonly path: ReadonlySet<string> | null;
}

export const VIEW: View = {
  palette: true,
  inspector: true,
  drawer: null,
  previewed: null,
  overlay: null,
  part: { kind: "all" },
  quickAdd: null,
  renaming: null,
  editingNote: null,
  connecting: null,
  pointed: null,
  path: null,
};
