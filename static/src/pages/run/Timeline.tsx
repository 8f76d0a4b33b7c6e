import { useEffect, useState } from "react";
import type { Run, Step } from "@/api/types";
import { isOver, isStepOver } from "@/api/types";
import { stepName } from "@/pages/shared/Status";
import { run as words } from "@/text/runs";
import { statuses } from "@/text/statuses";
import { StatusIcon, classes, formatDuration } from "@/ui";
import { inOrder } from "./frozen";
import styles from "./run.module.css";

/** Seconds since 1970, renewed while something runs. */
function useSeconds(live: boolean): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => {
      setNow(Date.now() / 1000);
    }, 250);
    return () => {
      clearInterval(timer);
    };
  }, [live]);
  return now;
}

/** Round moments from the beginning, as many as fit. */
function moments(span: number): readonly number[] {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];
  const step = steps.find((one) => span / one <= 7) ?? 86_400;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, at) => at * step);
}

const Bar = ({
  step,
  begin,
  span,
  now,
}: {
  readonly step: Step;
  readonly begin: number;
  readonly span: number;
  readonly now: number;
}) => {
  if (step.started == null) return null;
  const end = step.ended ?? (isStepOver(step.status) ? step.started : now);
  const left = ((step.started - begin) / span) * 100;
  const width = (Math.max(0, end - step.started) / span) * 100;
  return (
    <span
      className={styles.gantt}
      data-status={step.status}
      style={{ left: `${left}%`, width: `max(3px, ${width}%)` }}
    >
      {step.progress != null && !isStepOver(step.status) && (
        <i style={{ width: `${Math.max(0, Math.min(1, step.progress)) * 100}%` }} />
      )}
    </span>
  );
};

/** The steps over time, one line each: what ran beside what, and what took long. */
export const Timeline = ({
  run,
  chosen,
  onChoose,
}: {
  readonly run: Run;
  readonly chosen: string | null;
  readonly onChoose: (node: string) => void;
}) => {
  const live = !isOver(run.status);
  const ticking = useSeconds(live);
  const steps = inOrder(run.steps);
  const begin = Math.min(run.started ?? run.created, ...steps.map((step) => step.started ?? Infinity));
  const ends = steps.map((step) => step.ended ?? step.started ?? 0);
  const now = live ? Math.max(ticking, ...ends) : Math.max(run.ended ?? 0, ...ends);
  const span = Math.max(0.05, now - begin) * 1.02;
  const marks = moments(span);
  return (
    <div className={styles.timeline}>
      <div className={styles.axis} aria-hidden="true">
        {marks.map((moment) => (
          <span key={moment} style={{ left: `${(moment / span) * 100}%` }}>
            {moment === 0
              ? "0"
              : formatDuration(moment)
                  .replace(".0", "")
                  .replace(/ 00\u2009[sm]$/, "")}
          </span>
        ))}
      </div>
      <ul className={styles.ganttRows}>
        {steps.map((step) => {
          const took =
            step.seconds ?? (step.started == null || isStepOver(step.status) ? null : now - step.started);
          return (
            <li key={step.node}>
              <button
                type="button"
                className={classes(styles.ganttRow, step.node === chosen && styles.ganttChosen)}
                aria-pressed={step.node === chosen}
                onClick={() => {
                  onChoose(step.node);
                }}
              >
                <span className={styles.ganttName}>
                  <StatusIcon
                    status={step.status}
                    progress={step.progress ?? null}
                    size={14}
                    label={statuses[step.status] ?? step.status}
                  />
                  <span>{stepName(step)}</span>
                </span>
                <span className={styles.ganttTrack}>
                  {marks.map((moment) => (
                    <s key={moment} style={{ left: `${(moment / span) * 100}%` }} />
                  ))}
                  <Bar step={step} begin={begin} span={span} now={now} />
                </span>
                <span className={classes(styles.ganttTime, "numbers")}>
                  {took === null ? "" : formatDuration(took)}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {steps.length === 0 && <p className={styles.note}>{words.noOutputs}</p>}
    </div>
  );
};
