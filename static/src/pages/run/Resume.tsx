import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { fetchPipeline } from "@/api/queries.editor";
import { planRun, resumeBody } from "@/api/queries.plans";
import { submitRun } from "@/api/queries.runs";
import type { Run } from "@/api/types";
import { expectationOf } from "@/commands/acts/planning";
import { readDocument } from "@/graph/document";
import { VERDICTS, countVerdicts, reasonInWords } from "@/graph/reuse";
import type { PlannedStep, RunPlan } from "@/graph/reuse";
import { toastError } from "@/pages/shared/openPipeline";
import { plan as words } from "@/text/plan";
import { run as runWords } from "@/text/runs";
import { text } from "@/text";
import { Button, Dialog, Segmented, Spinner, VerdictIcon, formatDuration, toast } from "@/ui";
import styles from "./run.module.css";

type Choice = "draft" | "frozen";

const CHOICES = [
  { value: "draft", label: runWords.resumeDialog.draft },
  { value: "frozen", label: runWords.resumeDialog.frozen },
] as const;

/** The request of either choice. The draft is asked for what the run had, as far as it still asks for it. */
const requestOf = async (run: Run, choice: Choice, signal?: AbortSignal) => {
  if (choice === "frozen") return resumeBody(run, null);
  const { version, document } = await fetchPipeline(run.pipeline, signal);
  const asked = readDocument(document)?.parameters ?? {};
  const parameters = Object.fromEntries(Object.entries(run.parameters).filter(([name]) => name in asked));
  return resumeBody(run, { version, parameters });
};

const Line = ({ step }: { readonly step: PlannedStep }) => {
  const [reason] = step.verdict === "reused" ? [] : (step.reasons ?? []);
  return (
    <li>
      <VerdictIcon verdict={step.verdict} size={14} label={words.verdicts[step.verdict]} />
      <span>{step.name ?? step.node}</span>
      <em title={expectationOf(step)}>{reason ? reasonInWords(reason) : words.kept}</em>
    </li>
  );
};

const Foreseen = ({ plan }: { readonly plan: RunPlan }) => {
  const steps = Object.values(plan.steps).filter(({ verdict }) => verdict !== "dataset");
  const counts = countVerdicts(steps.map(({ verdict }) => verdict));
  const facts = [
    ...VERDICTS.filter((verdict) => counts[verdict] > 0).map((verdict) =>
      words.counts[verdict](counts[verdict]),
    ),
    plan.seconds == null || counts.runs + counts.maybe === 0 ? "" : words.about(formatDuration(plan.seconds)),
    plan.saved == null || plan.saved < 0.05 ? "" : words.saves(formatDuration(plan.saved)),
  ];
  const order = ["runs", "maybe", "reused", "left_out"];
  return (
    <>
      <p className={styles.resumeFacts}>{facts.filter((fact) => fact !== "").join(" · ")}</p>
      <ul className={styles.resumeSteps}>
        {steps
          .sort((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict))
          .map((step) => (
            <Line key={step.node} step={step} />
          ))}
      </ul>
    </>
  );
};

/** What taking a run up again would do, before it is done: with the mended draft, or exactly as it was. */
export const Resume = ({ run, onClose }: { readonly run: Run; readonly onClose: () => void }) => {
  const navigate = useNavigate();
  const [choice, setChoice] = useState<Choice>(run.pipeline === "" ? "frozen" : "draft");
  const [busy, setBusy] = useState(false);
  const foreseen = useQuery({
    queryKey: ["plans", "resume", run.id, choice],
    queryFn: async ({ signal }) => planRun(await requestOf(run, choice, signal), signal),
    gcTime: 0,
    retry: false,
  });
  const findings = isApiError(foreseen.error) ? foreseen.error.findings : [];
  const submit = async (): Promise<void> => {
    const made = await submitRun({
      ...(await requestOf(run, choice)),
      experiment: run.experiment,
      name: run.name,
      tags: run.tags,
    });
    toast({ text: runWords.again_started, seconds: 3 });
    await navigate(`/runs/${made.id}`);
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={runWords.resumeDialog.title}
      description={runWords.resumeDialog.text}
      actions={
        <>
          <Button onClick={onClose}>{text.running.cancel}</Button>
          <Button
            look="filled"
            disabled={busy || !foreseen.data}
            onClick={() => {
              setBusy(true);
              submit()
                .then(onClose)
                .catch(toastError)
                .finally(() => {
                  setBusy(false);
                });
            }}
          >
            {runWords.resume}
          </Button>
        </>
      }
    >
      <div className={styles.resume}>
        {run.pipeline !== "" && (
          <Segmented
            label={runWords.resumeDialog.which}
            value={choice}
            options={CHOICES}
            onChange={(value) => {
              setChoice(value === "frozen" ? "frozen" : "draft");
            }}
          />
        )}
        {foreseen.data ? (
          <Foreseen plan={foreseen.data} />
        ) : foreseen.error ? (
          <div className={styles.resumeError} role="alert">
            <p>{findings.length > 0 ? text.running.errors(findings.length) : messageOf(foreseen.error)}</p>
            <ul>
              {findings.slice(0, 5).map((finding) => (
                <li key={`${finding.node} ${finding.message}`}>{finding.message}</li>
              ))}
            </ul>
            {run.pipeline !== "" && (
              <Link to={`/pipelines/${run.pipeline}`}>{runWords.resumeDialog.mend}</Link>
            )}
          </div>
        ) : (
          <div className={styles.resumeWait}>
            <Spinner label={words.asking} />
          </div>
        )}
      </div>
    </Dialog>
  );
};
