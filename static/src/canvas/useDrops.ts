import { useEffect } from "react";
import type { RefObject } from "react";
import { DRAG_TYPE, add, insert, insertion, readAddition } from "@/commands/acts/adding";
import type { Place } from "@/graph/document";
import { CARD } from "@/graph/geometry";
import { dragged } from "@/state/dragged";
import { documentOf } from "@/state/session";
import type { CanvasContext } from "./context";
import { wireAt } from "./hits";
import type { WireHit } from "./hits";

const REACH = 18;

/** Things dropped on the canvas: modules and datasets of the palette, and files. */
export const useDrops = (frame: RefObject<HTMLElement | null>, canvas: CanvasContext): void => {
  useEffect(() => {
    const element = frame.current;
    if (!element || canvas.session.readOnly) return;
    const { session, transient } = canvas;

    const placeOf = (event: DragEvent): Place => {
      const { left, top } = element.getBoundingClientRect();
      const { x, y, zoom } = canvas.camera.getState();
      return [(event.clientX - left - x) / zoom, (event.clientY - top - y) / zoom];
    };
    /** The wire that what is dragged would be put into: only its middle part counts, and Alt suppresses it. */
    const wireUnder = (event: DragEvent): WireHit | null => {
      const reference = dragged.getState().addition;
      const addition = reference === null ? null : readAddition(reference);
      if (!addition || event.altKey) return null;
      const [x, y] = placeOf(event);
      const hit = wireAt(canvas.scene(), { x, y }, REACH / canvas.camera.getState().zoom);
      if (!hit || hit.t < 0.2 || hit.t > 0.8) return null;
      const fits = insertion(documentOf(session), session.catalogue.getState(), addition, hit.wire.edge);
      return fits ? hit : null;
    };
    const over = (event: DragEvent) => {
      const types = event.dataTransfer?.types ?? [];
      const files = types.includes("Files");
      if (!files && !types.includes(DRAG_TYPE)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
      const splitting = files ? null : (wireUnder(event)?.wire.edge.id ?? null);
      const now = transient.getState();
      if (now.files !== files || now.splitting !== splitting) {
        transient.setState({ files, splitting });
        canvas.redraw();
      }
    };
    const clear = () => {
      transient.setState({ files: false, splitting: null });
      canvas.redraw();
    };
    const drop = (event: DragEvent) => {
      const place = placeOf(event);
      const dropped = [...(event.dataTransfer?.files ?? [])];
      const addition = readAddition(event.dataTransfer?.getData(DRAG_TYPE) ?? "");
      const hit = addition ? wireUnder(event) : null;
      clear();
      if (dropped.length > 0) {
        event.preventDefault();
        canvas.onFiles(dropped, place);
      } else if (addition) {
        event.preventDefault();
        // The card lands with its middle under the pointer.
        const at: Place = [place[0], place[1] - CARD.height / 2];
        if (!hit || insert(session, addition, hit.wire.edge, at) === null)
          add(session, addition, { place: at, exact: true });
        element.focus({ preventScroll: true });
      }
    };
    element.addEventListener("dragover", over);
    element.addEventListener("dragleave", clear);
    element.addEventListener("drop", drop);
    return () => {
      element.removeEventListener("dragover", over);
      element.removeEventListener("dragleave", clear);
      element.removeEventListener("drop", drop);
    };
  }, [frame, canvas]);
};
