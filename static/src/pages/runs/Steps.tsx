import { runs as words } from "@/text/runs";
import { statuses } from "@/text/statuses";
import { StatusIcon } from "@/ui";
import styles from "./runs.module.css";

const ORDER = [
  "completed",
  "reused",
  "failed",
  "canceled",
  "skipped",
  "running",
  "finalizing",
  "preparing",
  "queued",
  "waiting",
] as const;

/** How many steps have each status: a bar of shares, and the count of those that are done. */
export const Steps = ({
  counts,
  wide = false,
}: {
  readonly counts: Readonly<Record<string, number>>;
  readonly wide?: boolean;
}) => {
  const parts = ORDER.map((status) => ({ status, count: counts[status] ?? 0 })).filter(
    (part) => part.count > 0,
  );
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  const reused = counts["reused"] ?? 0;
  const done = (counts["completed"] ?? 0) + (counts["reused"] ?? 0);
  const label = parts.map((part) => words.by(statuses[part.status] ?? part.status, part.count)).join(", ");
  return (
    <span className={styles.steps} title={label}>
      <span className={styles.stepBar} role="img" aria-label={label} data-wide={wide}>
        {parts.map((part) => (
          <i key={part.status} data-status={part.status} style={{ flexGrow: part.count }} />
        ))}
      </span>
      <span className="numbers" aria-hidden="true">
        {done}/{total}
      </span>
      {reused > 0 && (
        <span className={styles.reused} aria-hidden="true">
          <StatusIcon status="reused" size={12} />
          {reused}
        </span>
      )}
    </span>
  );
};
