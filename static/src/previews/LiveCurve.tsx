import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useStore } from "zustand";
import { themeStore } from "@/state/theme";
import { formatNumber } from "@/ui";
import { tickText } from "./charts/scale";
import styles from "./metrics.module.css";

export interface LiveCurveProps {
  readonly label: string;
  /** Position, value, time. */
  readonly points: readonly (readonly [number, number | null, number])[];
}

const HEIGHT = 168;

/** A curve that grows, on a canvas: thousands of points a second cost nothing. */
export const LiveCurve = ({ label, points }: LiveCurveProps) => {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useStore(themeStore, (state) => state.theme);
  const [at, setAt] = useState<number | null>(null);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const style = getComputedStyle(element);
    const token = (name: string): string => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: token("--text-faint"),
      font: `11px ${style.fontFamily}`,
      grid: { stroke: token("--border"), width: 1 },
      ticks: { show: false },
      values: (_plot, splits) => splits.map(tickText),
    };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        scales: { x: { time: false } },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        axes: [
          { ...axis, size: 26, grid: { show: false } },
          { ...axis, size: 52 },
        ],
        series: [{}, { stroke: token("--accent-ring"), width: 1.75, points: { show: false } }],
        hooks: {
          setCursor: [
            (drawn) => {
              setAt(drawn.cursor.idx ?? null);
            },
          ],
        },
      },
      [[], []],
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [theme]);

  useEffect(() => {
    plot.current?.setData([points.map(([x]) => x), points.map(([, y]) => y)]);
  }, [points, theme]);

  const under = at === null ? undefined : points[at];
  const latest = points.at(-1)?.[1];
  return (
    <div className={styles.plotBox}>
      <div ref={box} role="img" aria-label={`${label}: ${latest == null ? "" : formatNumber(latest)}`} />
      {under !== undefined && (
        <span className={styles.under} aria-hidden="true">
          {under[0]}: <b>{under[1] === null ? "–" : formatNumber(under[1])}</b>
        </span>
      )}
    </div>
  );
};
