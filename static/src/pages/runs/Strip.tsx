import { Link } from "react-router";
import type { RunSummary } from "@/api/types";
import { runs as words } from "@/text/runs";
import { statuses } from "@/text/statuses";
import { classes, formatDuration } from "@/ui";
import styles from "./runs.module.css";

/** The height of a bar: by the cube root, so that a second and an hour can stand side by side. */
const share = (seconds: number | null, longest: number): number =>
  seconds === null ? 1 : Math.max(0.1, Math.cbrt(seconds / longest));

/** The last runs as bars, oldest at the left. */
export const Strip = ({
  runs,
  chosen,
  onChoose,
}: {
  readonly runs: readonly RunSummary[];
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}) => {
  const longest = Math.max(1, ...runs.map((run) => run.seconds ?? 0));
  return (
    <nav className={styles.strip} aria-label={words.strip}>
      {runs.toReversed().map((run) => {
        const label = words.bar(
          run.name,
          statuses[run.status] ?? run.status,
          run.seconds === null ? "" : formatDuration(run.seconds),
        );
        return (
          <Link
            key={run.id}
            to={`/runs/${run.id}`}
            tabIndex={-1}
            aria-label={label}
            title={label}
            className={classes(styles.bar, run.id === chosen && styles.barChosen)}
            onMouseEnter={() => {
              onChoose(run.id);
            }}
          >
            <i data-status={run.status} style={{ height: `${share(run.seconds, longest) * 100}%` }} />
          </Link>
        );
      })}
    </nav>
  );
};
