import { useId, useState } from "react";
import type { PointerEvent, ReactNode } from "react";
import styles from "./charts.module.css";
import { linear, ticks, tickText } from "./scale";
import type { Range } from "./scale";
import { useWidth } from "./useWidth";

export interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly width: number;
  readonly height: number;
}

export interface Readout {
  /** Where it points, in the units of the axes. */
  readonly x: number;
  readonly y: number;
  readonly content: ReactNode;
}

export interface PlotProps {
  /** What a screen reader hears. */
  readonly label: string;
  readonly x: Range;
  readonly y: Range;
  readonly xTitle?: string | undefined;
  readonly yTitle?: string | undefined;
  readonly height?: number;
  /** As wide as high: for curves whose axes mean the same. */
  readonly square?: boolean;
  readonly xTicks?: number;
  readonly draw: (scales: Scales) => ReactNode;
  /** What to say about the place under the pointer. */
  readonly read?: ((x: number, y: number) => Readout | null) | undefined;
}

const MARGIN = { top: 8, right: 20, bottom: 24, left: 44 };

/** Two axes with a quiet grid, whatever is drawn on them, and a readout that follows the pointer. */
export const Plot = ({
  label,
  x,
  y,
  xTitle,
  yTitle,
  height = 220,
  square = false,
  xTicks,
  draw,
  read,
}: PlotProps) => {
  const [box, measured] = useWidth<HTMLDivElement>(360);
  const [at, setAt] = useState<readonly [number, number] | null>(null);
  const clip = useId();
  const bottom = MARGIN.bottom + (xTitle === undefined ? 0 : 16);
  const left = MARGIN.left + (yTitle === undefined ? 0 : 14);
  const width = square ? Math.min(measured, height - MARGIN.top - bottom + left + MARGIN.right) : measured;
  const inner = {
    width: Math.max(20, width - left - MARGIN.right),
    height: Math.max(20, height - MARGIN.top - bottom),
  };
  const scales: Scales = { x: linear(x, [0, inner.width]), y: linear(y, [inner.height, 0]), ...inner };
  const found = at === null || read === undefined ? null : read(at[0], at[1]);

  const follow = (event: PointerEvent<SVGSVGElement>): void => {
    const frame = event.currentTarget.getBoundingClientRect();
    const across = event.clientX - frame.left - left;
    const down = event.clientY - frame.top - MARGIN.top;
    const inside = across >= -6 && across <= inner.width + 6 && down >= -6 && down <= inner.height + 6;
    setAt(inside ? [linear([0, inner.width], x)(across), linear([inner.height, 0], y)(down)] : null);
  };

  return (
    <div ref={box} className={styles.plot}>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={label}
        onPointerMove={follow}
        onPointerLeave={() => {
          setAt(null);
        }}
      >
        <clipPath id={clip}>
          <rect x={-4} y={-4} width={inner.width + 8} height={inner.height + 8} />
        </clipPath>
        <g transform={`translate(${left} ${MARGIN.top})`}>
          {ticks(y, Math.max(2, Math.round(inner.height / 44))).map((value) => (
            <g key={value} transform={`translate(0 ${scales.y(value)})`}>
              <line x2={inner.width} className={styles.grid} />
              <text x={-8} dy="0.32em" className={styles.tick} textAnchor="end">
                {tickText(value)}
              </text>
            </g>
          ))}
          {ticks(x, xTicks ?? Math.max(2, Math.round(inner.width / 80))).map((value) => (
            <g key={value} transform={`translate(${scales.x(value)} ${inner.height})`}>
              <line y2={4} className={styles.axis} />
              <text y={16} className={styles.tick} textAnchor="middle">
                {tickText(value)}
              </text>
            </g>
          ))}
          <line y1={inner.height} y2={inner.height} x2={inner.width} className={styles.axis} />
          {xTitle !== undefined && (
            <text x={inner.width / 2} y={inner.height + 34} className={styles.title} textAnchor="middle">
              {xTitle}
            </text>
          )}
          {yTitle !== undefined && (
            <text
              transform={`translate(${-left + 10} ${inner.height / 2}) rotate(-90)`}
              className={styles.title}
              textAnchor="middle"
            >
              {yTitle}
            </text>
          )}
          <g clipPath={`url(#${clip})`}>{draw(scales)}</g>
          {found !== null && (
            <line
              x1={scales.x(found.x)}
              x2={scales.x(found.x)}
              y2={inner.height}
              className={styles.crosshair}
            />
          )}
        </g>
      </svg>
      {found !== null && (
        <div
          className={styles.readout}
          style={{
            left: Math.min(left + scales.x(found.x) + 10, Math.max(0, width - 170)),
            top: Math.max(0, Math.min(MARGIN.top + scales.y(found.y) - 12, inner.height - 40)),
          }}
        >
          {found.content}
        </div>
      )}
    </div>
  );
};
