import { NOTHING, select, toggle } from "@/state/selection";
import type { Selection } from "@/state/selection";
import { FAR } from "../camera";
import type { CanvasContext } from "../context";
import { nodeAt, noteAt, portAt, wireAt } from "../hits";
import type { WireHit } from "../hits";
import { boxing } from "./boxing";
import type { Gesture, Pointer } from "./gesture";
import { anchorOf, moving } from "./moving";
import { resizing } from "./resizing";
import { wiring } from "./wiring";
import type { PortRef } from "@/graph/edges";
import { edgesInto } from "@/graph/edges";

/** What a pointer met when it went down. */
export type Met =
  | { readonly kind: "port"; readonly port: PortRef }
  | { readonly kind: "node"; readonly id: string }
  | { readonly kind: "wire"; readonly hit: WireHit }
  | { readonly kind: "corner"; readonly id: string }
  | { readonly kind: "note"; readonly id: string }
  | { readonly kind: "pane" };

const PORT_REACH = 11;
const WIRE_REACH = 7;
/** How close to its end, in screen pixels, a wire is taken by the end. */
const END_REACH = 36;
const CORNER = 16;

export const meet = (canvas: CanvasContext, { spot }: Pointer): Met => {
  const scene = canvas.scene();
  const { zoom } = canvas.camera.getState();
  const { nodes } = canvas.session.selection.getState();
  const node = nodeAt(scene, spot, nodes);
  if (zoom >= FAR) {
    const port = portAt(scene, canvas.session.catalogue.getState(), spot, PORT_REACH / Math.min(zoom, 1));
    if (port && (node === null || node === port.node)) return { kind: "port", port };
  }
  if (node !== null) return { kind: "node", id: node };
  const hit = wireAt(scene, spot, WIRE_REACH / zoom);
  if (hit) return { kind: "wire", hit };
  const note = noteAt(scene, spot);
  if (note !== null) {
    const box = scene.document.notes.find(({ id }) => id === note);
    const corner = box && box.x + box.width - spot.x < CORNER && box.y + box.height - spot.y < CORNER;
    return corner ? { kind: "corner", id: note } : { kind: "note", id: note };
  }
  return { kind: "pane" };
};

const holds = (selection: Selection, met: Met): boolean => {
  switch (met.kind) {
    case "node":
      return selection.nodes.has(met.id);
    case "note":
    case "corner":
      return selection.notes.has(met.id);
    case "wire":
      return selection.wires.has(met.hit.wire.edge.id);
    case "port":
    case "pane":
      return false;
  }
};

const only = (met: Met): Selection => {
  switch (met.kind) {
    case "node":
      return select({ nodes: [met.id] });
    case "port":
      return select({ nodes: [met.port.node] });
    case "note":
    case "corner":
      return select({ notes: [met.id] });
    case "wire":
      return select({ wires: [met.hit.wire.edge.id] });
    case "pane":
      return NOTHING;
  }
};

const toggled = (selection: Selection, met: Met): Selection => {
  switch (met.kind) {
    case "node":
      return toggle(selection, "nodes", met.id);
    case "note":
    case "corner":
      return toggle(selection, "notes", met.id);
    case "wire":
      return toggle(selection, "wires", met.hit.wire.edge.id);
    case "port":
    case "pane":
      return selection;
  }
};

/** Selects what was met, unless it already is: what a right click does. */
export const selectMet = (canvas: CanvasContext, met: Met): void => {
  if (!holds(canvas.session.selection.getState(), met)) canvas.session.selection.setState(only(met), true);
};

/** A click that did not become a drag. */
export const click = (canvas: CanvasContext, met: Met, { shift }: Pointer): void => {
  const { selection, view } = canvas.session;
  if (!shift) {
    selection.setState(only(met), true);
    if (met.kind === "port" && met.port.side === "output") canvas.onPreview(met.port);
  } else {
    selection.setState((now) => toggled(now, met), true);
  }
  view.setState({ pointed: null, quickAdd: null });
};

/** The gesture that a drag from what was met begins; null where nothing can be dragged. */
export const beginDrag = (canvas: CanvasContext, met: Met, start: Pointer): Gesture | null => {
  const { session } = canvas;
  if (met.kind === "pane") return boxing(canvas, start);
  if (session.readOnly) return null;
  switch (met.kind) {
    case "port": {
      const { port } = met;
      const entry = canvas.scene().document.nodes[port.node];
      const edge =
        port.side === "input" && entry
          ? edgesInto(port.node, entry).find((one) => one.kind === "data" && one.input === port.port)
          : undefined;
      // From an occupied input the wire itself is taken by its end.
      return edge
        ? wiring(canvas, start, { node: edge.source, port: edge.output, side: "output" }, edge)
        : wiring(canvas, start, port, null);
    }
    case "wire": {
      const { wire, t } = met.hit;
      const { edge } = wire;
      if (edge.kind !== "data") return boxing(canvas, start);
      const reach = END_REACH / canvas.camera.getState().zoom;
      const source: PortRef = { node: edge.source, port: edge.output, side: "output" };
      const target: PortRef = { node: edge.target, port: edge.input, side: "input" };
      const toEnd = Math.hypot(wire.toX - start.spot.x, wire.toY - start.spot.y);
      const toStart = Math.hypot(wire.fromX - start.spot.x, wire.fromY - start.spot.y);
      if (t > 0.5 && toEnd < reach) return wiring(canvas, start, source, edge);
      if (t < 0.5 && toStart < reach) return wiring(canvas, start, target, edge);
      return boxing(canvas, start);
    }
    case "corner":
      return resizing(canvas, start, met.id);
    case "node":
    case "note": {
      const { selection } = session;
      if (!holds(selection.getState(), met)) {
        selection.setState(start.shift ? toggled(selection.getState(), met) : only(met), true);
      }
      return moving(
        canvas,
        start,
        anchorOf(canvas, met.kind === "node" ? met.id : null, met.kind === "note" ? met.id : null),
      );
    }
  }
};
