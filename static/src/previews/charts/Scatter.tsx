import { formatNumber } from "@/ui";
import type { Point } from "../decode";
import styles from "./charts.module.css";
import { Plot } from "./Plot";
import { extent, rounded } from "./scale";

/** Points against each other; `diagonal` draws where both are equal. */
export const Scatter = ({
  label,
  points,
  xTitle,
  yTitle,
  height = 300,
  diagonal = false,
  second = false,
}: {
  readonly label: string;
  readonly points: readonly Point[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly height?: number;
  readonly diagonal?: boolean;
  readonly second?: boolean;
}) => {
  const across = points.map(([x]) => x);
  const up = points.map(([, y]) => y);
  const both = rounded(extent([...across, ...up]));
  const x = diagonal ? both : rounded(extent(across));
  const y = diagonal ? both : rounded(extent(up));
  return (
    <Plot
      label={label}
      x={x}
      y={y}
      xTitle={xTitle}
      yTitle={yTitle}
      height={height}
      square={diagonal}
      xTicks={5}
      draw={(scales) => (
        <>
          {diagonal && (
            <line
              x1={scales.x(both[0])}
              y1={scales.y(both[0])}
              x2={scales.x(both[1])}
              y2={scales.y(both[1])}
              className={styles.reference}
            />
          )}
          {points.map(([left, top], at) => (
            <circle
              key={at}
              cx={scales.x(left)}
              cy={scales.y(top)}
              r={points.length > 400 ? 2 : 3}
              className={second ? styles.pointSecond : styles.point}
            />
          ))}
        </>
      )}
      read={(wantedX, wantedY) => {
        let best: Point | null = null;
        let least = 0.0025;
        for (const point of points) {
          const distance =
            ((point[0] - wantedX) / (x[1] - x[0])) ** 2 + ((point[1] - wantedY) / (y[1] - y[0])) ** 2;
          if (distance < least) {
            least = distance;
            best = point;
          }
        }
        if (best === null) return null;
        return {
          x: best[0],
          y: best[1],
          content: (
            <>
              <span className={styles.readoutRow}>
                {xTitle}
                <b>{formatNumber(best[0])}</b>
              </span>
              <span className={styles.readoutRow}>
                {yTitle}
                <b>{formatNumber(best[1])}</b>
              </span>
            </>
          ),
        };
      }}
    />
  );
};
