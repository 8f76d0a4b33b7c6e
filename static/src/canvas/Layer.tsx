import { useEffect, useRef } from "react";
import { worst } from "@/state/findings";
import { readColours, watchTheme } from "./colours";
import { useCanvas } from "./context";
import { drawFrame } from "./draw";
import styles from "./Canvas.module.css";

const CALM_MS = 90;

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
    let soon: ReturnType<typeof setTimeout> | undefined;
    let phase = 0;
    let last = 0;
    const still = matchMedia("(prefers-reduced-motion: reduce)");
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
      phase += last === 0 ? 0 : Math.min(120, now - last) * 0.03;
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
      const moving = again && !still.matches;
      last = moving ? now : 0;
      if (moving) askSoon();
    };
    const ask = () => {
      if (asked === 0) asked = requestAnimationFrame(draw);
    };
    // Statuses may change a thousand times a second and dashes always move: ten pictures a second tell it as well.
    const askSoon = () => {
      soon ??= setTimeout(() => {
        soon = undefined;
        ask();
      }, CALM_MS);
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
      session.statuses.subscribeAll(askSoon),
      watchTheme(() => {
        colours = readColours();
        ask();
      }),
    ];
    ask();
    return () => {
      cancelAnimationFrame(asked);
      clearTimeout(soon);
      for (const stop of stops) stop();
    };
  }, [canvas, subscribe]);

  return <canvas ref={ref} className={styles.layer} aria-hidden="true" />;
};
