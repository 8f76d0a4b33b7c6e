import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import { CARD, around } from "@/graph/geometry";
import type { Rect } from "@/graph/geometry";
import { preferences } from "@/state/preferences";
import { text } from "@/text";
import { seen } from "./camera";
import { readColours, watchTheme } from "./colours";
import { useCanvas } from "./context";
import { verdictColour } from "./draw";
import styles from "./Canvas.module.css";

const WIDTH = 184;
const HEIGHT = 124;
const ROOM = 8;

interface Fit {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

const fitOf = (box: Rect): Fit => {
  const scale = Math.min(
    (WIDTH - ROOM * 2) / Math.max(box.width, 1),
    (HEIGHT - ROOM * 2) / Math.max(box.height, 1),
    0.14,
  );
  return {
    scale,
    x: (WIDTH - box.width * scale) / 2 - box.x * scale,
    y: (HEIGHT - box.height * scale) / 2 - box.y * scale,
  };
};

/** The whole graph in a corner, coloured by status; a press there looks there. */
export const Minimap = ({ onLook }: { readonly onLook: (x: number, y: number) => void }) => {
  const canvas = useCanvas();
  const shown = useStore(preferences, (one) => one.minimap);
  const ref = useRef<HTMLCanvasElement>(null);
  const fit = useRef<Fit>({ scale: 1, x: 0, y: 0 });

  useEffect(() => {
    const element = ref.current;
    const context = element?.getContext("2d");
    if (!shown || !element || !context) return;
    const { session, camera } = canvas;
    const ratio = Math.min(devicePixelRatio, 2);
    element.width = WIDTH * ratio;
    element.height = HEIGHT * ratio;
    const picture = document.createElement("canvas");
    picture.width = element.width;
    picture.height = element.height;
    const ink = picture.getContext("2d");
    let asked = 0;
    let stale = true;
    let colours = readColours();

    const paint = () => {
      if (!ink) return;
      stale = false;
      const scene = canvas.scene();
      const box = around(scene.nodes.map(({ x, y }) => ({ x, y, ...CARD })));
      fit.current = fitOf(box ?? { x: 0, y: 0, width: 1, height: 1 });
      const { scale, x, y } = fit.current;
      ink.setTransform(1, 0, 0, 1, 0, 0);
      ink.clearRect(0, 0, picture.width, picture.height);
      ink.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
      const statuses = session.statuses.all();
      const planned = session.planned.all();
      const grow = Math.max(0, 2 / scale - CARD.height) / 2;
      const strong = new Map<string, Path2D>();
      const pale = new Map<string, Path2D>();
      for (const node of scene.nodes) {
        const verdict = planned.get(node.id)?.verdict;
        const status = statuses.get(node.id)?.status;
        const colour =
          verdict !== undefined
            ? (verdictColour(colours, verdict) ?? colours.faint)
            : status === undefined || status === "waiting"
              ? colours.faint
              : colours.status(status);
        const fills = colour === colours.faint || verdict === "maybe" ? pale : strong;
        const path = fills.get(colour) ?? new Path2D();
        path.rect(node.x, node.y - grow, CARD.width, CARD.height + grow * 2);
        fills.set(colour, path);
      }
      for (const [fills, alpha] of [
        [strong, 0.9],
        [pale, 0.42],
      ] as const) {
        ink.globalAlpha = alpha;
        for (const [colour, path] of fills) {
          ink.fillStyle = colour;
          ink.fill(path);
        }
      }
    };
    const draw = () => {
      asked = 0;
      if (stale) paint();
      const { scale, x, y } = fit.current;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, element.width, element.height);
      context.drawImage(picture, 0, 0);
      const view = seen(camera.getState());
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.strokeStyle = colours.accent;
      context.lineWidth = 1.25;
      context.fillStyle = colours.accent;
      context.beginPath();
      context.roundRect(view.x * scale + x, view.y * scale + y, view.width * scale, view.height * scale, 2);
      context.globalAlpha = 0.08;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    };
    const ask = () => {
      if (asked === 0) asked = requestAnimationFrame(draw);
    };
    const repaint = () => {
      stale = true;
      ask();
    };
    // Statuses may change a thousand times a second; the map follows four times a second.
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        repaint();
      }, 250);
    };
    const stops = [
      camera.subscribe(ask),
      session.history.subscribe(repaint),
      session.catalogue.subscribe(repaint),
      session.statuses.subscribeAll(soon),
      session.planned.subscribeAll(soon),
      watchTheme(() => {
        colours = readColours();
        repaint();
      }),
    ];
    ask();
    return () => {
      cancelAnimationFrame(asked);
      clearTimeout(waiting);
      for (const stop of stops) stop();
    };
  }, [canvas, shown]);

  if (!shown) return null;
  const look = (event: React.PointerEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const { scale, x, y } = fit.current;
    onLook((event.clientX - left - x) / scale, (event.clientY - top - y) / scale);
  };
  return (
    <canvas
      ref={ref}
      className={styles.map}
      role="img"
      aria-label={text.editor.map}
      data-own-pointer
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        look(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons === 1) look(event);
      }}
    />
  );
};
