import { useEffect, useRef } from "react";
import { worst } from "@/state/findings";
import { readColours, watchTheme } from "./colours";
import { useCanvas } from "./context";
import { drawFrame } from "./draw";
import styles from "./Canvas.module.css";

const STILL = "(prefers-reduced-motion: reduce)";

/** The one 2D canvas: wires always, cards far away. Draws at most once a frame, and only when something changed. */
export const Layer = ({ subscribe }: { readonly subscribe: (redraw: () => void) => () => void }) => {
  const canvas = useCanvas();
  const ref = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const element = ref.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const { session, camera, transient } = canvas;
    let asked = 0;
    let phase = 0;
    let last = 0;
    let colours = readColours();

    const draw = (now: number) => {
      asked = 0;
      const view = camera.getState();
      if (view.width === 0) return;
      const ratio = Math.min(devicePixelRatio, 2);
      const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
      if (element.width !== width || element.height !== height) {
        element.width = width;
        element.height = height;
      }
      phase += last === 0 ? 0 : Math.min(64, now - last) * 0.03;
      const { held, hoveredNode, hoveredWire, splitting, wiring } = transient.getState();
      const selection = session.selection.getState();
      const findings = session.findings.getState().byNode;
      const again = drawFrame(
        context,
        {
          camera: view,
          scene: canvas.scene(),
          colours,
          selectedNodes: selection.nodes,
          selectedWires: selection.wires,
          hoveredNode,
          hoveredWire,
          splitting,
          lifted: wiring?.edge?.id ?? null,
          held,
          path: session.view.getState().path,
          glide: canvas.glide.current,
          statuses: session.statuses.all(),
          worst: (node) => worst(findings.get(node) ?? []),
          phase,
        },
        ratio,
      );
      const moves = again && !matchMedia(STILL).matches;
      last = moves ? now : 0;
      if (moves) ask();
    };
    const ask = () => {
      if (asked === 0) asked = requestAnimationFrame(draw);
    };

    const stops = [
      subscribe(ask),
      camera.subscribe(ask),
      session.history.subscribe(ask),
      session.catalogue.subscribe(ask),
      session.selection.subscribe(ask),
      session.findings.subscribe(ask),
      session.view.subscribe((now, before) => {
        if (now.path !== before.path) ask();
      }),
      session.statuses.subscribeAll(ask),
      watchTheme(() => {
        colours = readColours();
        ask();
      }),
    ];
    ask();
    return () => {
      cancelAnimationFrame(asked);
      for (const stop of stops) stop();
    };
  }, [canvas, subscribe]);

  return <canvas ref={ref} className={styles.layer} aria-hidden="true" />;
};
