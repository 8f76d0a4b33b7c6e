import { useEffect } from "react";
import type { RefObject } from "react";
import type { Spot } from "@/graph/geometry";
import type { CanvasContext } from "./context";
import type { Gesture, Pointer } from "./gestures/gesture";
import { beginDrag, click, meet, selectMet } from "./gestures/pointing";
import type { Met } from "./gestures/pointing";
import { nodeAt, wireAt } from "./hits";

/** Below this many pixels a press is a click. */
const SLACK = 4;
const EDGE = 36;
const EDGE_SPEED = 14;

/** Parts of a card or the canvas that take the pointer themselves. */
const OWN = "[data-own-pointer], input, textarea, button, a";

interface Press {
  readonly pointer: number;
  readonly start: Pointer;
  readonly met: Met;
  gesture: Gesture | null;
  last: Pointer;
  screen: Spot;
  modifiers: { shift: boolean; alt: boolean };
}

/** Turns presses, drags and hovers over the canvas into gestures. */
export const usePointer = (frame: RefObject<HTMLElement | null>, canvas: CanvasContext): void => {
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let press: Press | null = null;
    let space = false;
    let hover = 0;
    let panning = 0;

    const toCanvas = (screen: Spot): Spot => {
      const { x, y, zoom } = canvas.camera.getState();
      const { left, top } = element.getBoundingClientRect();
      return { x: (screen.x - left - x) / zoom, y: (screen.y - top - y) / zoom };
    };
    const read = (event: PointerEvent | MouseEvent): Pointer => {
      const screen = { x: event.clientX, y: event.clientY };
      return { screen, spot: toCanvas(screen), shift: event.shiftKey, alt: event.altKey };
    };
    const stop = () => {
      cancelAnimationFrame(panning);
      panning = 0;
      if (press && element.hasPointerCapture(press.pointer)) element.releasePointerCapture(press.pointer);
      press = null;
      element.removeAttribute("data-gesture");
    };

    /** Pans while the pointer stays near an edge, and lets the gesture follow. */
    const panAtEdge = () => {
      panning = 0;
      if (!press?.gesture?.pansAtEdge) return;
      const { left, top, right, bottom } = element.getBoundingClientRect();
      const pull = (low: number, high: number) =>
        low < EDGE ? 1 - Math.max(0, low) / EDGE : high < EDGE ? -(1 - Math.max(0, high) / EDGE) : 0;
      const dx = pull(press.screen.x - left, right - press.screen.x);
      const dy = pull(press.screen.y - top, bottom - press.screen.y);
      if (dx === 0 && dy === 0) return;
      canvas.panBy(dx * EDGE_SPEED, dy * EDGE_SPEED);
      press.last = { ...press.modifiers, screen: press.screen, spot: toCanvas(press.screen) };
      press.gesture.move(press.last);
      panning = requestAnimationFrame(panAtEdge);
    };

    const down = (event: PointerEvent) => {
      element.toggleAttribute("data-keyboard", false);
      if (press || !(event.target instanceof Element)) return;
      if (event.target.closest(OWN) || element.dataset["space"] === "true") return;
      const pointer = read(event);
      if (event.button === 2) {
        selectMet(canvas, meet(canvas, pointer));
        return;
      }
      if (event.button !== 0) return;
      const met = meet(canvas, pointer);
      // One finger on the empty canvas pans, as everywhere.
      if (event.pointerType === "touch" && met.kind === "pane") return;
      element.setPointerCapture(event.pointerId);
      // A field somewhere else gives up the focus, so that keys mean the canvas again.
      element.focus({ preventScroll: true });
      canvas.transient.setState({ refused: null });
      press = {
        pointer: event.pointerId,
        start: pointer,
        met,
        gesture: null,
        last: pointer,
        screen: pointer.screen,
        modifiers: { shift: pointer.shift, alt: pointer.alt },
      };
    };

    const move = (event: PointerEvent) => {
      if (!press) {
        if (event.buttons === 0) point(event);
        return;
      }
      if (event.pointerId !== press.pointer) return;
      const pointer = read(event);
      press.screen = pointer.screen;
      press.modifiers = { shift: pointer.shift, alt: pointer.alt };
      press.last = pointer;
      if (!press.gesture) {
        const { start } = press;
        if (Math.hypot(pointer.screen.x - start.screen.x, pointer.screen.y - start.screen.y) < SLACK) return;
        press.gesture = beginDrag(canvas, press.met, start);
        if (!press.gesture) {
          stop();
          return;
        }
        element.setAttribute("data-gesture", press.met.kind);
        canvas.transient.setState({ hoveredNode: null, hoveredWire: null });
      }
      press.gesture.move(pointer);
      if (panning === 0) panning = requestAnimationFrame(panAtEdge);
    };

    const up = (event: PointerEvent) => {
      if (press?.pointer !== event.pointerId) return;
      const { gesture, met } = press;
      stop();
      const pointer = read(event);
      if (gesture) gesture.end(pointer);
      else click(canvas, met, pointer);
    };

    const cancel = () => {
      const gesture = press?.gesture;
      stop();
      gesture?.cancel();
    };

    /** What the pointer rests on, once a frame. */
    const point = (event: PointerEvent) => {
      cancelAnimationFrame(hover);
      const pointer = read(event);
      const over = event.target instanceof Element && element.contains(event.target);
      hover = requestAnimationFrame(() => {
        const scene = canvas.scene();
        const { zoom } = canvas.camera.getState();
        const node = over ? nodeAt(scene, pointer.spot, canvas.session.selection.getState().nodes) : null;
        const wire = over && node === null ? wireAt(scene, pointer.spot, 7 / zoom) : null;
        const { hoveredNode, hoveredWire } = canvas.transient.getState();
        const wireId = wire?.wire.edge.id ?? null;
        if (node === hoveredNode && wireId === hoveredWire) return;
        canvas.transient.setState({ hoveredNode: node, hoveredWire: wireId });
        canvas.redraw();
      });
    };
    const leave = () => {
      cancelAnimationFrame(hover);
      if (press) return;
      canvas.transient.setState({ hoveredNode: null, hoveredWire: null });
      canvas.redraw();
    };

    const double = (event: MouseEvent) => {
      if (!(event.target instanceof Element) || event.target.closest(OWN)) return;
      const pointer = read(event);
      const met = meet(canvas, pointer);
      const { session } = canvas;
      if (session.readOnly) return;
      if (met.kind === "node") session.view.setState({ renaming: met.id });
      else if (met.kind === "note" || met.kind === "corner") session.view.setState({ editingNote: met.id });
      else if (met.kind === "pane") {
        session.view.setState({
          quickAdd: { at: pointer.screen, place: [pointer.spot.x, pointer.spot.y], from: null },
        });
      }
    };

    const key = (event: KeyboardEvent) => {
      // The ring is for those who come by the keyboard.
      if (event.key === "Tab") element.toggleAttribute("data-keyboard", true);
      if (event.key === "Escape" && press?.gesture) {
        event.preventDefault();
        event.stopPropagation();
        cancel();
      }
      if (
        event.key === " " &&
        !(
          event.target instanceof Element &&
          event.target.closest("input, textarea, select, button, .cm-editor, [role=button]")
        )
      ) {
        space = event.type === "keydown";
        element.dataset["space"] = String(space);
        event.preventDefault();
      }
    };
    const blur = () => {
      element.dataset["space"] = "false";
    };
    /** The library must not pan by the finger that holds a card. */
    const touch = (event: TouchEvent) => {
      if (press) event.stopPropagation();
    };

    element.addEventListener("pointerdown", down, true);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", cancel);
    element.addEventListener("pointerleave", leave);
    element.addEventListener("dblclick", double);
    element.addEventListener("touchstart", touch, { capture: true, passive: true });
    window.addEventListener("keydown", key, true);
    window.addEventListener("keyup", key, true);
    window.addEventListener("blur", blur);
    return () => {
      stop();
      cancelAnimationFrame(hover);
      element.removeEventListener("pointerdown", down, true);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", cancel);
      element.removeEventListener("pointerleave", leave);
      element.removeEventListener("dblclick", double);
      element.removeEventListener("touchstart", touch, true);
      window.removeEventListener("keydown", key, true);
      window.removeEventListener("keyup", key, true);
      window.removeEventListener("blur", blur);
    };
  }, [frame, canvas]);
};
