import { useRef } from "react";
import { classes } from "./classes";
import styles from "./Splitter.module.css";

export interface SplitterProps {
  readonly label: string;
  /** `vertical` is a line between left and right. */
  readonly direction: "vertical" | "horizontal";
  readonly size: number;
  readonly minimum: number;
  readonly maximum: number;
  /** The resized part lies after the line (right or below). */
  readonly after?: boolean;
  readonly onResize: (size: number) => void;
}

/** A line that resizes a part by drag or by arrow keys. */
export const Splitter = ({ label, direction, size, minimum, maximum, after, onResize }: SplitterProps) => {
  const start = useRef<{ readonly at: number; readonly size: number } | null>(null);
  const sign = after ? -1 : 1;
  const place = (event: { readonly clientX: number; readonly clientY: number }) =>
    direction === "vertical" ? event.clientX : event.clientY;
  const resize = (wanted: number) => {
    onResize(Math.round(Math.min(maximum, Math.max(minimum, wanted))));
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={direction}
      aria-valuenow={size}
      aria-valuemin={minimum}
      aria-valuemax={maximum}
      className={classes(styles.splitter, styles[direction])}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { at: place(event), size };
      }}
      onPointerMove={(event) => {
        if (start.current) resize(start.current.size + sign * (place(event) - start.current.at));
      }}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={(event) => {
        const more = direction === "vertical" ? "ArrowRight" : "ArrowDown";
        const less = direction === "vertical" ? "ArrowLeft" : "ArrowUp";
        if (event.key !== more && event.key !== less) return;
        event.preventDefault();
        resize(size + sign * (event.key === more ? 16 : -16));
      }}
    />
  );
};
