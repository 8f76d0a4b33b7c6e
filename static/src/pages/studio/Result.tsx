import { CircleAlert, CircleCheck, CircleStop, FlaskConical, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import { cancelRun } from "@/api/queries.runs";
import type { ModuleSpec } from "@/graph/catalogue";
import type { Finding } from "@/graph/finding";
import { LogPanel } from "@/logs";
import { Outputs } from "@/pages/run/Outputs";
import { toastError } from "@/pages/shared/openPipeline";
import { iso } from "@/pages/shared/Status";
import { MetricsPanel } from "@/previews";
import { statuses } from "@/text/statuses";
import { studio as words } from "@/text/studio";
import { Button, Duration, EmptyState, Spinner, StatusIcon, Tabs, classes } from "@/ui";
import styles from "./studio.module.css";
import { TESTED, lineOf } from "./useTrial";
import type { Trial } from "./useTrial";

export type ResultTab = "findings" | "output" | "log" | "metrics";

const isTab = (id: string): id is ResultTab =>
  id === "findings" || id === "output" || id === "log" || id === "metrics";

const List = ({
  findings,
  onGo,
}: {
  readonly findings: readonly Finding[];
  readonly onGo: (line: number) => void;
}) =>
  findings.length === 0 ? (
    <p className={styles.fine}>
      <CircleCheck aria-hidden="true" />
      {words.noFindings}
    </p>
  ) : (
    <ul className={styles.findings} aria-label={words.findings}>
      {findings.map((finding, at) => (
        <li key={`${finding.code} ${String(finding.line)} ${String(at)}`}>
          <button
            type="button"
            disabled={finding.line === 0}
            onClick={() => {
              onGo(finding.line);
            }}
          >
            {finding.severity === "error" ? (
              <CircleAlert className={styles.bad} aria-hidden="true" />
            ) : (
              <TriangleAlert className={styles.warn} aria-hidden="true" />
            )}
            {finding.line > 0 && <span className={styles.at}>{words.line(finding.line)}</span>}
            <span>
              {finding.message} {finding.cure !== "" && <em>{finding.cure}</em>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );

const Failure = ({ trial, onGo }: { readonly trial: Trial; readonly onGo: (line: number) => void }) => {
  const error = trial.step?.error;
  if (!error) return null;
  const line = lineOf(trial.step);
  return (
    <div className={styles.failure} role="alert">
      <CircleAlert aria-hidden="true" />
      <div>
        <p>
          {line > 0 && (
            <button
              type="button"
              className={styles.at}
              onClick={() => {
                onGo(line);
              }}
            >
              {words.line(line)}
            </button>
          )}{" "}
          <b>{error.kind}</b>: {error.message}
        </p>
        {error.cure !== "" && <p className={styles.quiet}>{error.cure}</p>}
      </div>
    </div>
  );
};

/** How the test goes, in one line. */
const State = ({ trial, source }: { readonly trial: Trial; readonly source: string }) => {
  const { step, run } = trial;
  if (!step || !run) return trial.busy ? <Spinner label={words.testing} /> : null;
  return (
    <span className={styles.state} data-testid="test-status" data-status={step.status}>
      <StatusIcon status={step.status} progress={step.progress ?? null} size={13} />
      {statuses[step.status] ?? step.status}
      {step.started != null && <Duration seconds={step.seconds} since={iso(step.started)} />}
      {!trial.busy && trial.source !== source && <span className={styles.quiet}>{words.changedSince}</span>}
      {trial.busy && (
        <Button
          size="small"
          look="danger"
          icon={<CircleStop />}
          disabled={run.cancel_requested}
          onClick={() => {
            cancelRun(run.id).catch(toastError);
          }}
        >
          {words.stop}
        </Button>
      )}
      <Link to={`/runs/${run.id}`}>{words.openRun}</Link>
    </span>
  );
};

export interface ResultProps {
  readonly findings: readonly Finding[];
  readonly trial: Trial;
  readonly source: string;
  readonly spec: ModuleSpec | null;
  readonly tab: ResultTab;
  readonly onTab: (tab: ResultTab) => void;
  readonly onGo: (line: number) => void;
}

/** Beneath the editor: what is to be said about the source, and how its test went. */
export const Result = ({ findings, trial, source, spec, tab, onTab, onGo }: ResultProps) => {
  const { run, step } = trial;
  const untested = <EmptyState picture={<FlaskConical />} title={words.untested} text={words.untestedText} />;
  const of = (content: React.ReactNode) => (
    <div className={styles.tested}>
      <Failure trial={trial} onGo={onGo} />
      {run && step ? content : trial.busy ? <Spinner label={words.testing} /> : untested}
    </div>
  );
  const all = [...trial.refused, ...findings];
  const errors = all.filter((finding) => finding.severity === "error").length;
  const outputs = Object.keys(step?.outputs ?? {}).length;
  return (
    <Tabs
      label={words.result}
      value={tab}
      onChange={(id) => {
        if (isTab(id)) onTab(id);
      }}
      actions={<State trial={trial} source={source} />}
      tabs={[
        {
          id: "findings",
          label: words.findings,
          mark:
            all.length > 0 ? (
              <span className={classes(styles.mark, errors > 0 && styles.markBad)}>{all.length}</span>
            ) : undefined,
          content: <List findings={all} onGo={onGo} />,
        },
        {
          id: "output",
          label: words.outputTab,
          mark: outputs > 0 ? <span className={styles.mark}>{outputs}</span> : undefined,
          content: of(
            run && step && <Outputs key={run.id} run={run.id} step={step} spec={spec ?? undefined} />,
          ),
        },
        { id: "log", label: words.log, content: of(run && <LogPanel run={run.id} node={TESTED} />) },
        {
          id: "metrics",
          label: words.metrics,
          content: of(run && <MetricsPanel run={run.id} node={TESTED} />),
        },
      ]}
    />
  );
};
