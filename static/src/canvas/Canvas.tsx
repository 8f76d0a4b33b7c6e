import "@xyflow/react/dist/base.css";
import { ReactFlow, ReactFlowProvider, useReactFlow, useStoreApi } from "@xyflow/react";
import type { NodeTypes } from "@xyflow/react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Place } from "@/graph/document";
import type { PortRef } from "@/graph/edges";
import { CARD, around, boxes } from "@/graph/geometry";
import type { Rect } from "@/graph/geometry";
import { preferences } from "@/state/preferences";
import { documentOf, putStage, useSession } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { MAX_ZOOM, MIN_ZOOM, createCamera, fitting, isFar, seen } from "./camera";
import { Card } from "./Card";
import { CanvasProvider } from "./context";
import type { CanvasContext } from "./context";
import { Dots } from "./Dots";
import { glideFrom } from "./glide";
import { Hand } from "./Hand";
import { Layer } from "./Layer";
import { Minimap } from "./Minimap";
import { NoteCard } from "./NoteCard";
import { Outline } from "./Outline";
import { PlanBar } from "./PlanBar";
import { PlanTip } from "./PlanTip";
import { project, visibleIds } from "./project";
import type { FlowNode, Visible } from "./project";
import { makeScene } from "./scene";
import type { Scene } from "./scene";
import { createTransient } from "./transient";
import { useDrops } from "./useDrops";
import { usePointer } from "./usePointer";
import { ZoomBar } from "./ZoomBar";
import styles from "./Canvas.module.css";

const NODE_TYPES: NodeTypes = { card: Card, note: NoteCard };
const NO_EDGES: never[] = [];
/** The middle button pans; the left one is ours. */
const PAN_BUTTONS = [1];
/** Below this zoom a card's marks are too small to be read: colour and position tell it, and hundreds of cards stay light. */
const SMALL = 0.55;
const REST_MS = 160;
/** Cards this near to the view are mounted before they are seen. */
const MARGIN = 80;

export interface CanvasProps {
  /** Files that were dropped, and where. */
  readonly onFiles?: (files: readonly File[], place: Place) => void;
  /** An output port was clicked. */
  readonly onPreview?: (port: PortRef) => void;
  /** Shows everything once it is there. */
  readonly fitAtFirst?: boolean;
}

/** The document in coordinates, made again only when document or catalogue changed. */
const sceneOf = (session: Session): (() => Scene) => {
  let document = documentOf(session);
  let catalogue = session.catalogue.getState();
  let scene = makeScene(document, catalogue);
  return () => {
    const now = documentOf(session);
    const known = session.catalogue.getState();
    if (now !== document || known !== catalogue) {
      if (
        now.nodes !== document.nodes ||
        now.layout !== document.layout ||
        now.notes !== document.notes ||
        known !== catalogue
      ) {
        scene = makeScene(now, known);
      }
      document = now;
      catalogue = known;
    }
    return scene;
  };
};

/** How far to move so that a stretch lies within a length, and `room` from its ends; 0 when it is wholly seen. */
const inside = (start: number, size: number, length: number, room: number): number => {
  if (start >= 0 && start + size <= length) return 0;
  return start < 0 || size > length - 2 * room ? room - start : length - room - size - start;
};

const Inside = ({ onFiles, onPreview, fitAtFirst = true }: CanvasProps) => {
  const session = useSession();
  const flow = useReactFlow();
  const store = useStoreApi();
  const wheelZooms = useStore(preferences, (one) => one.wheelZooms);
  const frame = useRef<HTMLDivElement>(null);
  const hooks = useRef({ onFiles, onPreview });
  useEffect(() => {
    hooks.current = { onFiles, onPreview };
  });

  const [redraws] = useState(() => new Set<() => void>());
  const subscribe = useCallback(
    (redraw: () => void) => {
      redraws.add(redraw);
      return () => {
        redraws.delete(redraw);
      };
    },
    [redraws],
  );

  const canvas = useMemo(
    (): CanvasContext => ({
      session,
      camera: createCamera(),
      transient: createTransient(),
      scene: sceneOf(session),
      cards: new Map(),
      glide: { current: null },
      redraw: () => {
        for (const redraw of redraws) redraw();
      },
      panBy: (dx, dy) => {
        const { x, y, zoom } = flow.getViewport();
        void flow.setViewport({ x: x + dx, y: y + dy, zoom });
      },
      onFiles: (files, place) => hooks.current.onFiles?.(files, place),
      onPreview: (port) => hooks.current.onPreview?.(port),
    }),
    [session, flow, redraws],
  );

  // The library's viewport, mirrored: what draws and hits reads one place.
  useLayoutEffect(() => {
    const take = () => {
      const { transform, width, height } = store.getState();
      const [x, y, zoom] = transform;
      const before = canvas.camera.getState();
      if (
        before.x === x &&
        before.y === y &&
        before.zoom === zoom &&
        before.width === width &&
        before.height === height
      ) {
        return;
      }
      canvas.camera.setState({ x, y, zoom, width, height }, true);
    };
    take();
    return store.subscribe(take);
  }, [canvas, store]);

  // While the view moves, the cards are one picture that is moved; at rest they are drawn at their size, sharp.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = canvas.camera.subscribe((now) => {
      frame.current?.toggleAttribute("data-moving", true);
      frame.current?.toggleAttribute("data-small", now.zoom < SMALL);
      clearTimeout(timer);
      timer = setTimeout(() => {
        frame.current?.toggleAttribute("data-moving", false);
      }, REST_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [canvas]);

  // Only what is seen is mounted.
  const [visible, setVisible] = useState<Visible>({ nodes: [], notes: [] });
  useEffect(() => {
    let asked = 0;
    const look = () => {
      asked = 0;
      const camera = canvas.camera.getState();
      if (camera.width === 0) return;
      const { held } = canvas.transient.getState();
      const next = visibleIds(
        canvas.scene(),
        seen(camera, MARGIN),
        isFar(camera),
        held ? { spot: held, nodes: session.selection.getState().nodes } : null,
      );
      setVisible((now) =>
        now.nodes.join() === next.nodes.join() && now.notes.join() === next.notes.join() ? now : next,
      );
    };
    const ask = () => {
      if (asked === 0) asked = requestAnimationFrame(look);
    };
    const stops = [
      canvas.camera.subscribe(ask),
      session.history.subscribe(ask),
      session.catalogue.subscribe(ask),
      canvas.transient.subscribe((now, before) => {
        if (now.held !== before.held) ask();
      }),
    ];
    look();
    return () => {
      cancelAnimationFrame(asked);
      for (const stop of stops) stop();
    };
  }, [canvas, session]);

  const document = useStore(session.history, (history) => history.document);
  const nodes = useMemo((): FlowNode[] => project(document, visible), [document, visible]);

  // What commands ask of the canvas.
  useEffect(() => {
    const { camera } = canvas;
    const show = (box: Rect, most: number, duration: number) => {
      void flow.setViewport(fitting(camera.getState(), box, most), { duration });
    };
    let pointer: Place | null = null;
    const element = frame.current;
    const follow = (event: PointerEvent) => {
      const { left, top } =
        event.currentTarget instanceof Element
          ? event.currentTarget.getBoundingClientRect()
          : { left: 0, top: 0 };
      const { x, y, zoom } = camera.getState();
      pointer = [(event.clientX - left - x) / zoom, (event.clientY - top - y) / zoom];
    };
    const forget = () => {
      pointer = null;
    };
    element?.addEventListener("pointermove", follow);
    element?.addEventListener("pointerleave", forget);
    putStage(session, {
      fit: (box) => {
        const all = box ?? around(boxes(documentOf(session)));
        if (all) show(all, box ? 1.5 : 1, 160);
      },
      zoomBy: (factor) => {
        void flow.zoomTo(camera.getState().zoom * factor, { duration: 120 });
      },
      zoomTo: (zoom) => {
        void flow.zoomTo(zoom, { duration: 120 });
      },
      reveal: (box) => {
        const now = camera.getState();
        if (now.width === 0) return;
        const room = 40;
        const left = box.x * now.zoom + now.x;
        const top = box.y * now.zoom + now.y;
        const dx = inside(left, box.width * now.zoom, now.width, room);
        const dy = inside(top, box.height * now.zoom, now.height, room);
        if (dx === 0 && dy === 0) return;
        void flow.setViewport({ x: now.x + dx, y: now.y + dy, zoom: now.zoom }, { duration: 160 });
      },
      toCanvas: (screen) => {
        const { left = 0, top = 0 } = frame.current?.getBoundingClientRect() ?? {};
        const { x, y, zoom } = camera.getState();
        return [(screen.x - left - x) / zoom, (screen.y - top - y) / zoom];
      },
      toScreen: ([px, py]) => {
        const { left = 0, top = 0 } = frame.current?.getBoundingClientRect() ?? {};
        const { x, y, zoom } = camera.getState();
        return { x: px * zoom + x + left, y: py * zoom + y + top };
      },
      middle: () => {
        const { x, y, zoom, width, height } = camera.getState();
        return [(width / 2 - x) / zoom, (height / 2 - y) / zoom - CARD.height / 2];
      },
      pointer: () => pointer,
      glide: (from) => {
        glideFrom(canvas, from);
      },
    });
    return () => {
      putStage(session, null);
      element?.removeEventListener("pointermove", follow);
      element?.removeEventListener("pointerleave", forget);
    };
  }, [canvas, flow, session]);

  // The first look: everything, without a flight.
  const fitted = useRef(false);
  useEffect(() => {
    if (!fitAtFirst) return;
    const first = () => {
      const camera = canvas.camera.getState();
      if (fitted.current || camera.width === 0) return;
      fitted.current = true;
      const all = around(boxes(documentOf(session)));
      if (all) void flow.setViewport(fitting(camera, all, 1));
    };
    first();
    return canvas.camera.subscribe(first);
  }, [canvas, fitAtFirst, flow, session]);

  usePointer(frame, canvas);
  useDrops(frame, canvas);
  const files = useStore(canvas.transient, (state) => state.files);

  return (
    <CanvasProvider value={canvas}>
      <div
        ref={frame}
        className={styles.canvas}
        role="application"
        aria-label={text.editor.canvas}
        tabIndex={0}
        data-canvas
      >
        <Outline />
        <ReactFlow
          nodes={nodes}
          edges={NO_EDGES}
          nodeTypes={NODE_TYPES}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          panOnDrag={PAN_BUTTONS}
          panActivationKeyCode="Space"
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          deleteKeyCode={null}
          zoomOnDoubleClick={false}
          panOnScroll={!wheelZooms}
          zoomOnScroll={wheelZooms}
          zoomOnPinch
          minZoom={MIN_ZOOM}
          maxZoom={MAX_ZOOM}
          proOptions={{ hideAttribution: false }}
          attributionPosition="top-right"
        >
          <Dots />
          <Layer subscribe={subscribe} />
        </ReactFlow>
        <Hand
          left={() => frame.current?.getBoundingClientRect().left ?? 0}
          top={() => frame.current?.getBoundingClientRect().top ?? 0}
        />
        <ZoomBar />
        <Minimap
          onLook={(x, y) => {
            void flow.setCenter(x, y, { zoom: canvas.camera.getState().zoom });
          }}
        />
        <PlanBar />
        <PlanTip />
        {files && <div className={styles.files}>{text.editor.dropHere}</div>}
      </div>
    </CanvasProvider>
  );
};

/** The canvas of the page's session: the one door to the canvas library. */
export const Canvas = (props: CanvasProps) => (
  <ReactFlowProvider>
    <Inside {...props} />
  </ReactFlowProvider>
);
