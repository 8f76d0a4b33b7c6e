import type { RunStatus, Step } from "@/api/types";
import { inWords, nameOfReference } from "@/graph/catalogue";
import { statuses } from "@/text/statuses";
import { StatusIcon } from "@/ui";
import type { StatusName } from "@/ui";
import styles from "./shared.module.css";

const DRAWN: Readonly<Record<RunStatus, StatusName>> = {
  queued: "queued",
  running: "running",
  canceling: "finalizing",
  completed: "completed",
  failed: "failed",
  canceled: "canceled",
};

export interface RunIconProps {
  readonly status: RunStatus;
  /** From 0 to 1. */
  readonly progress?: number | null;
  readonly size?: number;
  readonly bare?: boolean;
}

/** A run's status as an icon that a screen reader can read. */
export const RunIcon = ({ status, progress, size, bare = false }: RunIconProps) => (
  <StatusIcon
    status={DRAWN[status]}
    {...(progress === undefined ? {} : { progress })}
    {...(size === undefined ? {} : { size })}
    {...(bare ? {} : { label: statuses[status] ?? status })}
  />
);

/** A run's status as icon and word. */
export const RunStatusLabel = ({
  status,
  progress,
}: {
  readonly status: RunStatus;
  readonly progress?: number | null;
}) => (
  <span className={styles.status}>
    <RunIcon status={status} bare {...(progress === undefined ? {} : { progress })} />
    {statuses[status] ?? status}
  </span>
);

/** The share of a run's steps that are over: how far it is. */
export function shareDone(counts: Readonly<Record<string, number>>): number | null {
  const total = Object.values(counts).reduce((sum, one) => sum + one, 0);
  if (total === 0) return null;
  const over = ["completed", "reused", "failed", "canceled", "skipped"];
  return over.reduce((sum, status) => sum + (counts[status] ?? 0), 0) / total;
}

/** What a step is called: a dataset without a name of its own by the words of its reference. */
export const stepName = (step: Step): string =>
  step.dataset !== "" && step.name === step.dataset ? inWords(nameOfReference(step.dataset)) : step.name;

/** Seconds since 1970 as the time that `RelativeTime` and `Duration` take. */
export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
