import type { ReactNode } from "react";
import { classes } from "./classes";
import { StatusIcon } from "./StatusIcon";
import styles from "./StatusIcon.module.css";

export interface VerdictIconProps {
  /** `reused`, `runs`, `maybe` or `left_out`; nothing is drawn for anything else. */
  readonly verdict: string;
  readonly size?: number;
  /** What a screen reader says; without it the icon is decoration. */
  readonly label?: string;
}

const SHAPES: Readonly<Record<string, ReactNode>> = {
  runs: (
    <>
      <circle cx="8" cy="8" r="6.2" className={styles.line} />
      <path d="M6.6 5.5v5l4-2.5z" className={styles.solid} />
    </>
  ),
  maybe: (
    <>
      <circle cx="8" cy="8" r="6.2" className={styles.line} strokeDasharray="2.4 2.47" />
      <path d="M5.5 8.2 7.2 10l3.3-3.7" className={styles.line} />
    </>
  ),
};

const COLOURS: Readonly<Record<string, string | undefined>> = {
  runs: styles.running,
  maybe: styles.reused,
};

/** What a run would do with a step, as shape and colour. */
export const VerdictIcon = ({ verdict, size = 16, label }: VerdictIconProps) => {
  const named = label === undefined ? {} : { label };
  if (verdict === "reused") return <StatusIcon status="reused" size={size} {...named} />;
  if (verdict === "left_out") return <StatusIcon status="skipped" size={size} {...named} />;
  const shape = SHAPES[verdict];
  if (shape === undefined) return null;
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={classes(styles.icon, COLOURS[verdict])}
      data-verdict={verdict}
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      {shape}
    </svg>
  );
};
