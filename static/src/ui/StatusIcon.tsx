import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./StatusIcon.module.css";

export type StatusName =
  | "waiting"
  | "queued"
  | "preparing"
  | "running"
  | "finalizing"
  | "completed"
  | "reused"
  | "failed"
  | "canceled"
  | "skipped";

const STEPS: ReadonlySet<string> = new Set([
  "waiting",
  "queued",
  "preparing",
  "running",
  "finalizing",
  "completed",
  "reused",
  "failed",
  "canceled",
  "skipped",
]);

/** Whether a word is the name of a status this icon draws. */
export const isStatusName = (word: string): word is StatusName => STEPS.has(word);

export interface StatusIconProps {
  readonly status: StatusName;
  /** From 0 to 1; an arc that fills. Without it a running arc turns. */
  readonly progress?: number | null;
  readonly size?: number;
  /** What a screen reader says; without it the icon is decoration. */
  readonly label?: string;
}

const ROUND = 2 * Math.PI * 6;

const Arc = ({ share }: { readonly share: number }) => (
  <>
    <circle cx="8" cy="8" r="6" className={styles.track} />
    <circle
      cx="8"
      cy="8"
      r="6"
      className={styles.line}
      strokeDasharray={`${String(ROUND * share)} ${String(ROUND)}`}
      transform="rotate(-90 8 8)"
    />
  </>
);

const SHAPES: Readonly<Record<Exclude<StatusName, "running">, ReactNode>> = {
  waiting: <circle cx="8" cy="8" r="5.5" className={styles.line} strokeDasharray="2.2 2.12" />,
  queued: (
    <>
      <circle cx="3.2" cy="8" r="1.5" className={styles.solid} />
      <circle cx="8" cy="8" r="1.5" className={styles.solid} />
      <circle cx="12.8" cy="8" r="1.5" className={styles.solid} />
    </>
  ),
  preparing: <Arc share={0.12} />,
  finalizing: <Arc share={0.94} />,
  completed: (
    <>
      <circle cx="8" cy="8" r="7" className={styles.solid} />
      <path d="M4.9 8.3 7 10.4l4.1-4.6" className={styles.onSolid} />
    </>
  ),
  reused: (
    <>
      <path d="M13.6 6.2A6 6 0 1 0 14 8.6" className={styles.line} />
      <path d="M14.6 3.4v3.2h-3.2" className={styles.line} />
      <path d="M5.4 8.2 7.2 10l3.3-3.7" className={styles.line} />
    </>
  ),
  failed: (
    <>
      <circle cx="8" cy="8" r="7" className={styles.solid} />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" className={styles.onSolid} />
    </>
  ),
  canceled: <rect x="3" y="3" width="10" height="10" rx="2" className={styles.line} />,
  skipped: <path d="M3.5 8h9" className={styles.line} />,
};

/** A status as shape and colour, so that neither alone carries the meaning. */
export const StatusIcon = ({ status, progress, size = 16, label }: StatusIconProps) => {
  const turning =
    status === "preparing" || status === "finalizing" || (status === "running" && progress == null);
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={classes(styles.icon, styles[status], turning && styles.turning)}
      data-status={status}
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      {status === "running" ? (
        <Arc share={progress == null ? 0.28 : Math.max(0.02, Math.min(1, progress))} />
      ) : (
        SHAPES[status]
      )}
    </svg>
  );
};
