import { formatNumber } from "@/ui";
import type { Point } from "../decode";
import styles from "./charts.module.css";
import { Plot } from "./Plot";
import { nearest } from "./scale";
import type { Range } from "./scale";

export interface Series {
  readonly name: string;
  /** Ascending in x. */
  readonly points: readonly Point[];
}

const LINES = [styles.lineFirst, styles.lineSecond];
const DOTS = [styles.dotFirst, styles.dotSecond];

const path = (points: readonly Point[], x: (value: number) => number, y: (value: number) => number): string =>
  points
    .map(([across, up], at) => `${at === 0 ? "M" : "L"}${x(across).toFixed(2)} ${y(up).toFixed(2)}`)
    .join("");

/** One or two curves on the same axes. */
export const Curves = ({
  label,
  series,
  x = [0, 1],
  y = [0, 1],
  xTitle,
  yTitle,
  height = 260,
  square = true,
  reference,
  marks = [],
}: {
  readonly label: string;
  readonly series: readonly Series[];
  readonly x?: Range;
  readonly y?: Range;
  readonly xTitle?: string;
  readonly yTitle?: string;
  readonly height?: number;
  readonly square?: boolean;
  /** A dashed line to compare with, such as chance. */
  readonly reference?: readonly Point[];
  /** One place on each curve, such as the chosen threshold. */
  readonly marks?: readonly (Point | null)[];
}) => (
  <Plot
    label={label}
    x={x}
    y={y}
    xTitle={xTitle}
    yTitle={yTitle}
    height={height}
    square={square}
    xTicks={5}
    draw={(scales) => (
      <>
        {reference !== undefined && (
          <path d={path(reference, scales.x, scales.y)} className={styles.reference} />
        )}
        {series.map((one, at) => (
          <path key={one.name} d={path(one.points, scales.x, scales.y)} className={LINES[at % 2]} />
        ))}
        {marks.map(
          (mark, at) =>
            mark !== null && (
              <circle key={at} cx={scales.x(mark[0])} cy={scales.y(mark[1])} r={5} className={DOTS[at % 2]} />
            ),
        )}
      </>
    )}
    read={(value) => {
      const rows = series.flatMap((one, at) => {
        const found =
          one.points[
            nearest(
              one.points.map(([across]) => across),
              value,
            )
          ];
        return found === undefined ? [] : [{ name: one.name, at, found }];
      });
      const [first] = rows;
      if (first === undefined) return null;
      return {
        x: first.found[0],
        y: first.found[1],
        content: (
          <>
            <span className={styles.readoutTitle}>
              {xTitle} {formatNumber(first.found[0])}
            </span>
            {rows.map((row) => (
              <span key={row.name} className={styles.readoutRow}>
                <i className={row.at === 0 ? styles.swatchFirst : styles.swatchSecond} />
                {row.name}
                <b>{formatNumber(row.found[1])}</b>
              </span>
            ))}
          </>
        ),
      };
    }}
  />
);

/** What the colours and dashes of `Curves` stand for. */
export const Legend = ({ names }: { readonly names: readonly string[] }) => (
  <ul className={styles.legend}>
    {names.map((name, at) => (
      <li key={name}>
        <i className={at === 0 ? styles.swatchFirst : styles.swatchSecond} />
        {name}
      </li>
    ))}
  </ul>
);
