import { useMemo } from "react";
import { tintOf } from "@/ui";
import styles from "./Thumbnail.module.css";

export interface ThumbnailProps {
  /** x, y and category of each node. */
  readonly outline: readonly (readonly [number, number, string])[];
  /** Pairs of positions in `outline`. */
  readonly wires: readonly (readonly [number, number])[];
}

const NODE = { width: 200, height: 56 };
const WIDTH = 320;
const HEIGHT = 176;
const PAD = 15;

/** A pipeline as a small picture: where its nodes stand and how they are wired. Decoration: its name is told beside. */
export const Thumbnail = ({ outline, wires }: ThumbnailProps) => {
  const drawn = useMemo(() => {
    const xs = outline.map(([x]) => x);
    const ys = outline.map(([, y]) => y);
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const width = Math.max(...xs) - left + NODE.width;
    const height = Math.max(...ys) - top + NODE.height;
    // Small graphs are not blown up: a node stays a node.
    const scale = Math.min((WIDTH - 2 * PAD) / width, (HEIGHT - 2 * PAD) / height, 0.42);
    const shift = {
      x: (WIDTH - width * scale) / 2 - left * scale,
      y: (HEIGHT - height * scale) / 2 - top * scale,
    };
    const box = { width: NODE.width * scale, height: Math.max(4, NODE.height * scale) };
    return {
      scale,
      box,
      nodes: outline.map(([x, y, category]) => ({
        x: x * scale + shift.x,
        y: y * scale + shift.y,
        category,
      })),
    };
  }, [outline]);
  const { nodes, box } = drawn;
  const detailed = box.height >= 13;
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={styles.thumbnail}
      aria-hidden="true"
      preserveAspectRatio="xMidYMid meet"
    >
      {wires.map(([from, to], at) => {
        const [source, target] = [nodes[from], nodes[to]];
        if (source === undefined || target === undefined) return null;
        const [x1, y1] = [source.x + box.width / 2, source.y + box.height];
        const [x2, y2] = [target.x + box.width / 2, target.y];
        const bend = Math.max(5, Math.abs(y2 - y1) / 2);
        return (
          <path
            key={at}
            d={`M${x1.toFixed(1)} ${y1.toFixed(1)}C${x1.toFixed(1)} ${(y1 + bend).toFixed(1)} ${x2.toFixed(1)} ${(y2 - bend).toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`}
            className={styles.wire}
          />
        );
      })}
      {nodes.map((node, at) => (
        <g key={at} transform={`translate(${node.x.toFixed(1)} ${node.y.toFixed(1)})`}>
          <rect
            width={box.width}
            height={box.height}
            rx={Math.min(5, box.height / 4)}
            className={styles.node}
          />
          {detailed && (
            <>
              <rect
                x={box.height * 0.22}
                y={box.height * 0.25}
                width={box.height * 0.5}
                height={box.height * 0.5}
                rx={box.height * 0.12}
                style={{ fill: tintOf(node.category) }}
                className={styles.icon}
              />
              <rect
                x={box.height * 0.92}
                y={box.height * 0.4}
                width={box.width * 0.48}
                height={box.height * 0.2}
                rx={box.height * 0.1}
                className={styles.line}
              />
            </>
          )}
          {!detailed && (
            <rect
              width={box.width}
              height={box.height}
              rx={2}
              style={{ fill: tintOf(node.category) }}
              className={styles.tiny}
            />
          )}
        </g>
      ))}
    </svg>
  );
};
