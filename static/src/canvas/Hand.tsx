import { useEffect } from "react";
import { useStore } from "zustand";
import { bend, portSpot } from "@/graph/geometry";
import type { Spot } from "@/graph/geometry";
import { portsOf } from "@/graph/ports";
import { useCatalogue } from "@/state/session";
import { useCanvas } from "./context";
import styles from "./Canvas.module.css";

const path = (from: Spot, to: Spot): string => {
  const reach = bend(from, to);
  return `M${String(from.x)} ${String(from.y)}C${String(from.x)} ${String(from.y + reach)} ${String(to.x)} ${String(to.y - reach)} ${String(to.x)} ${String(to.y)}`;
};

interface HandProps {
  /** Of the canvas, on the screen. */
  readonly left: () => number;
  readonly top: () => number;
}

/** An empty hand draws nothing and follows nothing. */
export const Hand = (props: HandProps) => {
  const { transient } = useCanvas();
  const full = useStore(
    transient,
    ({ wiring, box, refused }) => wiring !== null || box !== null || refused !== null,
  );
  return full ? <Full {...props} /> : null;
};

/** What is in the hand: the wire being drawn, the selecting box, and why a wire is refused. */
const Full = ({ left, top }: HandProps) => {
  const { camera, transient, scene } = useCanvas();
  const catalogue = useCatalogue();
  const view = useStore(camera);
  const { wiring, box, refused } = useStore(transient);

  useEffect(() => {
    if (!refused) return;
    const timer = setTimeout(() => {
      transient.setState({ refused: null });
    }, 2600);
    return () => {
      clearTimeout(timer);
    };
  }, [refused, transient]);

  const toScreen = (spot: Spot): Spot => ({ x: spot.x * view.zoom + view.x, y: spot.y * view.zoom + view.y });
  const said = wiring?.reason
    ? { at: toScreen(wiring.at), text: wiring.reason }
    : refused && { at: { x: refused.at.x - left(), y: refused.at.y - top() }, text: refused.text };
  const wire = () => {
    if (!wiring) return null;
    const { document } = scene();
    const fixed = portSpot(document, catalogue, wiring.from);
    const free = wiring.target ? portSpot(document, catalogue, wiring.target) : wiring.at;
    const [from, to] = wiring.from.side === "output" ? [fixed, free] : [free, fixed];
    const ports = portsOf(document, catalogue, wiring.from.node);
    const list = wiring.from.side === "output" ? ports.outputs : ports.inputs;
    const type = list.find((port) => port.name === wiring.from.port)?.type ?? "any";
    return (
      <g transform={`translate(${String(view.x)} ${String(view.y)}) scale(${String(view.zoom)})`}>
        <path
          d={path(from, to)}
          className={styles.wire}
          style={{ stroke: `var(--type-${type})` }}
          strokeDasharray={wiring.reason ? "4 5" : undefined}
        />
        <circle cx={free.x} cy={free.y} r={wiring.target ? 0 : 3.5} style={{ fill: `var(--type-${type})` }} />
      </g>
    );
  };
  const corner = box && toScreen(box);
  return (
    <>
      <svg className={styles.hand} aria-hidden="true">
        {wire()}
        {box && corner && (
          <rect
            x={corner.x}
            y={corner.y}
            width={box.width * view.zoom}
            height={box.height * view.zoom}
            rx="2"
            className={styles.box}
          />
        )}
      </svg>
      {said && (
        <div className={styles.reason} role="status" style={{ left: said.at.x + 14, top: said.at.y + 14 }}>
          {said.text}
        </div>
      )}
    </>
  );
};
