import { CircleStop, X } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { messageOf } from "@/api/errors";
import { cancelStep, useSources } from "@/api/queries.runs";
import { isStepOver } from "@/api/types";
import type { Run, Step } from "@/api/types";
import type { ModuleSpec } from "@/graph/catalogue";
import { isNews } from "@/graph/reuse";
import { LogPanel } from "@/logs";
import { toastError } from "@/pages/shared/openPipeline";
import { iso, stepName } from "@/pages/shared/Status";
import { Why } from "@/panels/why";
import { MetricsPanel } from "@/previews";
import { plan } from "@/text/plan";
import { run as words } from "@/text/runs";
import { statuses } from "@/text/statuses";
import {
  Button,
  CodeEditor,
  Duration,
  EmptyState,
  ErrorState,
  IconButton,
  RelativeTime,
  Spinner,
  StatusIcon,
  Tabs,
  formatBytes,
} from "@/ui";
import { ErrorBox } from "./ErrorBox";
import { Facts } from "./Facts";
import { Outputs } from "./Outputs";
import styles from "./run.module.css";

const Code = ({ run, step }: { readonly run: string; readonly step: Step }) => {
  const sources = useSources(run);
  if (step.module === "") return <EmptyState title={words.noCode} />;
  if (sources.error !== null && sources.data === undefined)
    return <ErrorState message={words.codeFailed} cause={messageOf(sources.error)} />;
  if (sources.data === undefined) return <Spinner label={words.tabs.code} />;
  const source = sources.data.find((one) => one.node === step.node);
  if (source === undefined) return <EmptyState title={words.codeFailed} />;
  return (
    <div className={styles.code}>
      <CodeEditor
        key={source.digest}
        fill
        language="python"
        label={words.codeLabel(stepName(step))}
        value={source.text}
      />
    </div>
  );
};

/** The tab that says most at first: the log of what runs, failed or was canceled, else what was made. */
const natural = (step: Step): string =>
  step.status === "completed" || step.status === "reused"
    ? "outputs"
    : step.module === ""
      ? "outputs"
      : "logs";

/** Why a step ran, or did not have to; nothing for a dataset and for what has not been decided. */
const StepWhy = ({ run, step }: { readonly run: Run; readonly step: Step }) => {
  const name = stepName(step);
  const { reasons, compared_with: compared } = step;
  if (step.status === "reused")
    return (
      <Why
        verdict="reused"
        title={step.reused_from === "" ? plan.reused : plan.reusedFrom}
        reasons={[]}
        origin={
          step.reused_from === "" ? null : { run: step.reused_from, node: step.reused_node || step.node }
        }
        link={Link}
        step={name}
      />
    );
  if (step.dataset !== "" || !isNews(reasons)) return null;
  const skipped = step.status === "skipped" || step.verdict === "left_out";
  return (
    <Why
      verdict={skipped ? "left_out" : "runs"}
      title={skipped ? plan.leftOutBecause : compared === "" ? plan.ran : plan.ranAgain}
      reasons={reasons}
      link={Link}
      step={name}
      code={compared === "" ? null : { node: step.node, before: compared, after: { run: run.id } }}
    />
  );
};

/** Everything about one step. */
export const StepPanel = ({
  run,
  step,
  spec,
  onChoose,
}: {
  readonly run: Run;
  readonly step: Step;
  readonly spec: ModuleSpec | undefined;
  readonly onChoose: (node: string | null) => void;
}) => {
  // Chosen once: a log that somebody reads does not go away when its step ends.
  const [tab, setTab] = useState(() => natural(step));
  const of = (node: string): string => {
    const found = run.steps[node];
    return found === undefined ? node : stepName(found);
  };
  const outputs = Object.keys(step.outputs).length;
  return (
    <aside className={styles.panel} aria-label={`${words.panel}: ${stepName(step)}`}>
      <header className={styles.panelHead}>
        <StatusIcon
          status={step.status}
          progress={step.progress ?? null}
          label={statuses[step.status] ?? step.status}
        />
        <div>
          <h2 title={stepName(step)}>{stepName(step)}</h2>
          <p>
            {statuses[step.status] ?? step.status}
            {step.started != null && (
              <>
                {" · "}
                <Duration seconds={step.seconds} since={iso(step.started)} />
              </>
            )}
            {step.progress_text !== "" && !isStepOver(step.status) && ` · ${step.progress_text}`}
            {step.peak_memory != null && ` · ${formatBytes(step.peak_memory)}`}
          </p>
        </div>
        {!isStepOver(step.status) && step.dataset === "" && (
          <Button
            size="small"
            look="danger"
            icon={<CircleStop />}
            onClick={() => {
              cancelStep(run.id, step.node).catch(toastError);
            }}
          >
            {words.cancelStep}
          </Button>
        )}
        <IconButton
          small
          label={words.close}
          onClick={() => {
            onChoose(null);
          }}
        >
          <X />
        </IconButton>
      </header>
      {step.error != null && <ErrorBox error={step.error} />}
      {step.retry_at != null && (
        <p className={styles.notice}>
          {words.retry("")} <RelativeTime time={iso(step.retry_at)} />
        </p>
      )}
      {step.error == null && step.why !== "" && <p className={styles.notice}>{step.why}</p>}
      <StepWhy run={run} step={step} />
      <div className={styles.tabs}>
        <Tabs
          label={stepName(step)}
          value={tab}
          onChange={setTab}
          tabs={[
            {
              id: "outputs",
              label: words.tabs.outputs,
              mark: outputs > 0 ? <span className={styles.mark}>{outputs}</span> : undefined,
              content: <Outputs run={run.id} step={step} spec={spec} />,
            },
            { id: "logs", label: words.tabs.logs, content: <LogPanel run={run.id} node={step.node} /> },
            {
              id: "metrics",
              label: words.tabs.metrics,
              mark:
                step.metrics.length > 0 ? (
                  <span className={styles.mark}>{step.metrics.length}</span>
                ) : undefined,
              content: <MetricsPanel run={run.id} node={step.node} />,
            },
            {
              id: "inputs",
              label: words.tabs.inputs,
              content: <Facts run={run.id} step={step} spec={spec} onChoose={onChoose} nameOf={of} />,
            },
            { id: "code", label: words.tabs.code, content: <Code run={run.id} step={step} /> },
          ]}
        />
      </div>
    </aside>
  );
};
