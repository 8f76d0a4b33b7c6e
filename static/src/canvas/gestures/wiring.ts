import { refusalInWords, rewire, wire } from "@/commands/acts/wiring";
import { removeWires } from "@/commands/acts/adding";
import type { Edge, PortRef } from "@/graph/edges";
import type { Spot } from "@/graph/geometry";
import { portsOf, typeTitle } from "@/graph/ports";
import { bestPort, openPorts, refusal } from "@/graph/wiring";
import { text } from "@/text";
import type { CanvasContext } from "../context";
import { nodeAt, portAt } from "../hits";
import type { Gesture, Pointer } from "./gesture";

const REACH = 16;
const NOBODY: ReadonlySet<string> = new Set();

interface Aim {
  readonly target: PortRef | null;
  readonly reason: string | null;
}

const typeOf = (canvas: CanvasContext, ref: PortRef): string => {
  const catalogue = canvas.session.catalogue.getState();
  const ports = portsOf(canvas.scene().document, catalogue, ref.node);
  const port = (ref.side === "input" ? ports.inputs : ports.outputs).find((one) => one.name === ref.port);
  return typeTitle(catalogue, port?.type ?? "any");
};

/** What a wire from `from` would meet at a spot: a port, or the whole card under the pointer. */
const aim = (canvas: CanvasContext, from: PortRef, spot: Spot): Aim => {
  const scene = canvas.scene();
  const catalogue = canvas.session.catalogue.getState();
  const { zoom } = canvas.camera.getState();
  const port = portAt(scene, catalogue, spot, REACH / zoom);
  const node = nodeAt(scene, spot, NOBODY);
  if (port && (node === null || port.node === node)) {
    if (port.node === from.node && port.port === from.port && port.side === from.side) {
      return { target: null, reason: null };
    }
    const reason = refusal(scene.document, catalogue, from, port);
    if (!reason) return { target: port, reason: null };
    // Near a port that does not fit, on a card that has one that does: take that one.
    const instead =
      node === null || reason.why === "type" ? null : bestPort(scene.document, catalogue, from, port.node);
    return instead
      ? { target: instead, reason: null }
      : { target: null, reason: refusalInWords(reason, from) };
  }
  if (node === null || node === from.node) return { target: null, reason: null };
  const target = bestPort(scene.document, catalogue, from, node);
  if (target) return { target, reason: null };
  const ports = portsOf(scene.document, catalogue, node);
  const candidates = from.side === "output" ? ports.inputs : ports.outputs;
  const [only] = candidates;
  if (only && candidates.length === 1) {
    const side = from.side === "output" ? "input" : "output";
    const reason = refusal(scene.document, catalogue, from, { node, port: only.name, side });
    if (reason) return { target: null, reason: refusalInWords(reason, from) };
  }
  const type = typeOf(canvas, from);
  return {
    target: null,
    reason: from.side === "output" ? text.wiring.none(type) : text.wiring.noneGives(type),
  };
};

/** A wire from a port, or the end of a wire taken in the hand, to wherever the pointer is. */
export const wiring = (canvas: CanvasContext, start: Pointer, from: PortRef, edge: Edge | null): Gesture => {
  const { session, transient } = canvas;
  const open = openPorts(canvas.scene().document, session.catalogue.getState(), from);
  const show = (pointer: Pointer): Aim => {
    const aimed = aim(canvas, from, pointer.spot);
    transient.setState({ wiring: { from, edge, open, at: pointer.spot, ...aimed }, refused: null });
    canvas.redraw();
    return aimed;
  };
  const close = () => {
    transient.setState({ wiring: null });
    canvas.redraw();
  };
  show(start);
  return {
    pansAtEdge: true,
    move: show,
    end: (pointer) => {
      const { target, reason } = show(pointer);
      close();
      if (target) {
        const same =
          edge && target.node === edge.target && target.port === edge.input && target.side === "input";
        const problem = same
          ? null
          : edge
            ? rewire(session, edge, from, target)
            : wire(session, from, target);
        if (problem !== null) transient.setState({ refused: { at: pointer.screen, text: problem } });
        return;
      }
      if (reason !== null) {
        transient.setState({ refused: { at: pointer.screen, text: reason } });
        return;
      }
      if (edge) {
        removeWires(session, [edge]);
        return;
      }
      const moved = Math.hypot(pointer.screen.x - start.screen.x, pointer.screen.y - start.screen.y);
      if (moved < 24 || nodeAt(canvas.scene(), pointer.spot, NOBODY) === from.node) return;
      session.view.setState({
        quickAdd: { at: pointer.screen, place: [pointer.spot.x, pointer.spot.y], from },
      });
    },
    cancel: close,
  };
};
