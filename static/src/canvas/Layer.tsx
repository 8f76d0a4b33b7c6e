import { useEffect, useRef } from "react";
import { worst } from "@/state/findings";
import { isFar } from "./camera";
import type { Camera } from "./camera";
import { readColours, watchTheme } from "./colours";
import { useCanvas } from "./context";
import { drawFrame } from "./draw";
import styles from "./Canvas.module.css";

const CALM_MS = 90;
/** Drawn beyond each edge of the view, so that a pan moves the picture instead of drawing it again. */
const MARGIN = 192;
/** How much the picture may be stretched by a zoom before it is drawn again. */
const STRETCH = 0.12;

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
    let drawn: Camera | null = null;
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
      const wide: Camera = {
        zoom: view.zoom,
        x: view.x + MARGIN,
        y: view.y + MARGIN,
        width: view.width + 2 * MARGIN,
        height: view.height + 2 * MARGIN,
      };
      const [width, height] = [Math.round(wide.width * ratio), Math.round(wide.height * ratio)];
      if (element.width !== width || element.height !== height) {
        element.width = width;
        element.height = height;
        element.style.width = `${String(wide.width)}px`;
        element.style.height = `${String(wide.height)}px`;
      }
      drawn = view;
      element.style.transform = "";
      phase += last === 0 ? 0 : Math.min(120, now - last) * 0.03;
      const { held, hoveredNode, hoveredWire, splitting, wiring } = transient.getState();
      const selection = session.selection.getState();
      const findings = session.findings.getState().byNode;
      const again = drawFrame(
        context,
        {
          camera: wide,
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
          planned: session.planned.all(),
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
    /** Between two drawings the picture is moved and scaled with the view: cheap, and right but for its sharpness. */
    const follow = (view: Camera) => {
      if (!drawn) return;
      const scale = view.zoom / drawn.zoom;
      const x = view.x + MARGIN - (drawn.x + MARGIN) * scale;
      const y = view.y + MARGIN - (drawn.y + MARGIN) * scale;
      element.style.transform = `translate(${String(x)}px, ${String(y)}px) scale(${String(scale)})`;
      const far = Math.max(Math.abs(view.x - drawn.x), Math.abs(view.y - drawn.y)) > MARGIN * 0.8;
      const resized = view.width !== drawn.width || view.height !== drawn.height;
      if (resized || isFar(view) !== isFar(drawn) || Math.abs(scale - 1) > STRETCH || (scale === 1 && far))
        ask();
      else if (scale !== 1) askSoon();
    };
    // Dashes always move: ten pictures a second tell it as well.
    const askSoon = () => {
      soon ??= setTimeout(() => {
        soon = undefined;
        ask();
      }, CALM_MS);
    };

    // Told within a frame: drawn in the same one as the cards, not in one of its own.
    const drawNow = () => {
      clearTimeout(soon);
      soon = undefined;
      cancelAnimationFrame(asked);
      draw(performance.now());
    };

    const stops = [
      subscribe(ask),
      camera.subscribe(follow),
      session.history.subscribe(ask),
      session.catalogue.subscribe(ask),
      session.selection.subscribe(ask),
      session.findings.subscribe(ask),
      session.view.subscribe((now, before) => {
        if (now.path !== before.path) ask();
      }),
      session.statuses.subscribeAll(drawNow),
      session.planned.subscribeAll(drawNow),
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
