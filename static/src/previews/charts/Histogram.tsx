import { formatCount, formatNumber } from "@/ui";
import styles from "./charts.module.css";
import { Plot } from "./Plot";
import { extent, rounded } from "./scale";

export interface Bins {
  /** One more than there are counts. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Bars over ranges of values. */
export const Histogram = ({
  label,
  bins,
  height = 180,
  xTitle,
  tone = "accent",
}: {
  readonly label: string;
  readonly bins: Bins;
  readonly height?: number;
  readonly xTitle?: string;
  readonly tone?: "accent" | "second";
}) => {
  const { edges, counts } = bins;
  const domain = extent(edges);
  const top = Math.max(1, ...counts);
  return (
    <Plot
      label={label}
      x={domain}
      y={rounded([0, top], 3)}
      xTitle={xTitle}
      height={height}
      draw={({ x, y, height: floor }) =>
        counts.map((count, at) => {
          const left = x(edges[at] ?? 0);
          const right = x(edges[at + 1] ?? 0);
          return (
            <rect
              key={at}
              x={left + 0.5}
              width={Math.max(1, right - left - 1)}
              y={y(count)}
              height={Math.max(count > 0 ? 1 : 0, floor - y(count))}
              className={tone === "second" ? styles.barSecond : styles.bar}
            />
          );
        })
      }
      read={(value) => {
        const at = counts.findIndex((_count, position) => value < (edges[position + 1] ?? Infinity));
        const count = counts[at];
        const [from, to] = [edges[at], edges[at + 1]];
        if (count === undefined || from === undefined || to === undefined) return null;
        return {
          x: (from + to) / 2,
          y: count,
          content: (
            <>
              <span className={styles.readoutTitle}>
                {formatNumber(from)} – {formatNumber(to)}
              </span>
              <span>{formatCount(count)}</span>
            </>
          ),
        };
      }}
    />
  );
};

/** The shape of a column's values in the height of a line. Decoration: the profile tells the numbers. */
export const TinyHistogram = ({
  counts,
  width = 96,
  height = 20,
}: {
  readonly counts: readonly number[];
  readonly width?: number;
  readonly height?: number;
}) => {
  const top = Math.max(1, ...counts);
  const step = width / Math.max(1, counts.length);
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
      className={styles.tiny}
    >
      {counts.map((count, at) => {
        const high = count === 0 ? 0 : Math.max(1.5, (count / top) * height);
        return (
          <rect
            key={at}
            x={at * step}
            y={height - high}
            width={Math.max(0.8, step - (step > 3 ? 1 : 0))}
            height={high}
            className={styles.bar}
          />
        );
      })}
    </svg>
  );
};
