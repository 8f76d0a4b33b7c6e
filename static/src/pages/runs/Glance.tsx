import { useQueryClient } from "@tanstack/react-query";
import { Archive, ArchiveRestore, ArrowRight, Pin, PinOff, Trash2, Undo2 } from "lucide-react";
import { Link } from "react-router";
import { changeRun, runKeys } from "@/api/queries.runs";
import { isOver } from "@/api/types";
import type { RunSummary, Step } from "@/api/types";
import { useRun } from "@/live/hooks";
import { bringBack, deleteRun } from "@/pages/shared/deleteRun";
import { toastError } from "@/pages/shared/openPipeline";
import { RunStatusLabel, iso, shareDone, stepName } from "@/pages/shared/Status";
import { runs as words } from "@/text/runs";
import { Button, Duration, IconButton, RelativeTime, StatusIcon, toast } from "@/ui";
import styles from "./runs.module.css";
import { Steps } from "./Steps";

const inWords = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const order = (one: Step, other: Step): number =>
  (one.started ?? Infinity) - (other.started ?? Infinity) || one.name.localeCompare(other.name);

const StepLines = ({ id }: { readonly id: string }) => {
  const { run } = useRun(id);
  const steps = Object.values(run?.steps ?? {}).sort(order);
  if (steps.length === 0) return null;
  return (
    <ul className={styles.lines}>
      {steps.slice(0, 40).map((step) => (
        <li key={step.node}>
          <Link to={`/runs/${id}?step=${encodeURIComponent(step.node)}`}>
            <StatusIcon status={step.status} progress={step.progress ?? null} size={14} />
            <span>{stepName(step)}</span>
            <Duration seconds={step.seconds} since={step.started == null ? null : iso(step.started)} />
          </Link>
        </li>
      ))}
    </ul>
  );
};

/** A run at a glance, beside the list. */
export const Glance = ({ run }: { readonly run: RunSummary }) => {
  const client = useQueryClient();
  const archive = (archived: boolean, undoable: boolean): void => {
    changeRun(run.id, { archived })
      .then(() => {
        toast({
          text: archived ? words.archivedToast(run.name) : words.unarchivedToast(run.name),
          ...(undoable
            ? {
                action: {
                  label: words.undo,
                  do: () => {
                    archive(!archived, false);
                  },
                },
              }
            : {}),
        });
        return client.invalidateQueries({ queryKey: runKeys.lists });
      })
      .catch(toastError);
  };
  const parameters = Object.entries(run.parameters);
  return (
    <aside className={styles.glance} aria-label={words.preview}>
      <header>
        <RunStatusLabel status={run.status} progress={shareDone(run.counts)} />
        <span className={styles.faint}>
          <Duration seconds={run.seconds} since={run.started == null ? null : iso(run.started)} />
        </span>
      </header>
      <h2>{run.name}</h2>
      <p className={styles.faint}>
        {run.experiment} · <RelativeTime time={iso(run.started ?? run.created)} />
      </p>
      {run.description !== "" && <p>{run.description}</p>}
      <Steps counts={run.counts} wide />
      {run.error !== "" && (
        <div className={styles.error}>
          <p>{run.error}</p>
        </div>
      )}
      <div className={styles.buttons}>
        {run.deleted == null && (
          <Link to={`/runs/${run.id}`} className={styles.openLink}>
            {words.open}
            <ArrowRight aria-hidden="true" />
          </Link>
        )}
        <Button
          size="small"
          look="quiet"
          icon={run.archived ? <ArchiveRestore /> : <Archive />}
          onClick={() => {
            archive(!run.archived, true);
          }}
        >
          {run.archived ? words.unarchive : words.archive}
        </Button>
        <span className={styles.gap} />
        {run.deleted == null && (
          <IconButton
            small
            pressed={run.kept}
            label={run.kept ? words.unkeep : words.keep}
            onClick={() => {
              changeRun(run.id, { kept: !run.kept })
                .then(() => client.invalidateQueries({ queryKey: runKeys.lists }))
                .catch(toastError);
            }}
          >
            {run.kept ? <PinOff /> : <Pin />}
          </IconButton>
        )}
        {run.deleted != null ? (
          <Button
            size="small"
            icon={<Undo2 />}
            onClick={() => {
              bringBack(client, run).catch(toastError);
            }}
          >
            {words.bringBack}
          </Button>
        ) : (
          isOver(run.status) && (
            <IconButton
              small
              label={words.delete}
              onClick={() => {
                deleteRun(client, run).catch(toastError);
              }}
            >
              <Trash2 />
            </IconButton>
          )
        )}
      </div>
      {run.deleted == null && <StepLines id={run.id} />}
      {parameters.length > 0 && (
        <>
          <h3>{words.columns.parameters}</h3>
          <dl className={styles.parameters}>
            {parameters.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{inWords(value)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </aside>
  );
};
