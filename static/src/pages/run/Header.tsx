import { useQueryClient } from "@tanstack/react-query";
import {
  ChevronRight,
  CircleStop,
  CopyPlus,
  Download,
  Ellipsis,
  GitBranch,
  Pencil,
  Pin,
  PinOff,
  RotateCw,
  StepForward,
  Trash2,
} from "lucide-react";
import { Suspense, lazy, useState } from "react";
import { Link, useNavigate } from "react-router";
import { cancelRun, changeRun, cloneRun, documentPath, runKeys, submitRun } from "@/api/queries.runs";
import { isOver } from "@/api/types";
import type { Run } from "@/api/types";
import { shareReused } from "@/graph/reuse";
import { patchRun } from "@/live/runs";
import { TopBar } from "@/pages/frame/TopBar";
import { deleteRun } from "@/pages/shared/deleteRun";
import { toastError } from "@/pages/shared/openPipeline";
import { RunIcon, iso, shareDone } from "@/pages/shared/Status";
import { OriginLink } from "@/panels/why";
import { plan as planWords } from "@/text/plan";
import { run as words, runs as listWords } from "@/text/runs";
import { statuses } from "@/text/statuses";
import { Button, Chip, Duration, IconButton, Menu, RelativeTime, StatusIcon, toast } from "@/ui";
import styles from "./run.module.css";

const Resume = lazy(async () => ({ default: (await import("./Resume")).Resume }));

const inWords = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const Name = ({ run }: { readonly run: Run }) => {
  const client = useQueryClient();
  const [typed, setTyped] = useState<string | null>(null);
  const save = (): void => {
    const wanted = typed?.trim() ?? "";
    setTyped(null);
    if (wanted === "" || wanted === run.name) return;
    patchRun(run.id, { name: wanted });
    changeRun(run.id, { name: wanted })
      .then(() => client.invalidateQueries({ queryKey: runKeys.lists }))
      .catch((error: unknown) => {
        patchRun(run.id, { name: run.name });
        toastError(error);
      });
  };
  if (typed !== null)
    return (
      <input
        className={styles.rename}
        aria-label={words.name}
        value={typed}
        autoFocus
        maxLength={200}
        onFocus={(event) => {
          event.target.select();
        }}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === "Enter") save();
          if (event.key === "Escape") setTyped(null);
        }}
      />
    );
  return (
    <h1 className={styles.title}>
      <button
        type="button"
        title={words.rename}
        onClick={() => {
          setTyped(run.name);
        }}
      >
        {run.name}
        <Pencil aria-hidden="true" />
      </button>
    </h1>
  );
};

/** The run in the top bar: what it is, how it goes, what can be done with it. */
export const Header = ({ run }: { readonly run: Run }) => {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [resuming, setResuming] = useState(false);
  const over = isOver(run.status);
  const resumable = run.status === "failed" || run.status === "canceled";
  const act = (work: () => Promise<unknown>): void => {
    setBusy(true);
    work()
      .catch(toastError)
      .finally(() => {
        setBusy(false);
      });
  };
  const again = async (): Promise<void> => {
    const made = await submitRun({
      document: run.document,
      pipeline: run.pipeline === "" ? null : run.pipeline,
      experiment: run.experiment,
      name: run.name,
      tags: run.tags,
    });
    toast({ text: words.again_started, seconds: 3 });
    await navigate(`/runs/${made.id}`);
  };
  const clone = async (): Promise<void> => {
    const made = await cloneRun(run.id);
    await navigate(`/pipelines/${made.id}`);
  };
  return (
    <TopBar>
      {resuming && (
        <Suspense fallback={null}>
          <Resume
            run={run}
            onClose={() => {
              setResuming(false);
            }}
          />
        </Suspense>
      )}
      <div className={styles.crumbs}>
        <Link to="/runs">{listWords.title}</Link>
        <ChevronRight aria-hidden="true" />
        <RunIcon status={run.status} progress={shareDone(run.counts)} />
        <Name run={run} />
      </div>
      <div className={styles.actions}>
        {!over && (
          <Button
            look="danger"
            icon={<CircleStop />}
            disabled={run.status === "canceling" || run.cancel_requested}
            onClick={() => {
              act(() => cancelRun(run.id));
            }}
          >
            {run.status === "canceling" || run.cancel_requested ? words.canceling : words.cancel}
          </Button>
        )}
        <Button
          icon={<CopyPlus />}
          className={styles.wideOnly ?? ""}
          disabled={busy}
          title={words.cloneHint}
          onClick={() => {
            act(clone);
          }}
        >
          {words.clone}
        </Button>
        {resumable && (
          <Button
            look="filled"
            icon={<StepForward />}
            title={words.resumeHint}
            onClick={() => {
              setResuming(true);
            }}
          >
            {words.resume}
          </Button>
        )}
        <Button
          look={over && !resumable ? "filled" : "outlined"}
          icon={<RotateCw />}
          disabled={busy}
          title={words.againHint}
          onClick={() => {
            act(again);
          }}
        >
          {words.again}
        </Button>
        <Menu
          align="end"
          trigger={
            <IconButton label={words.more}>
              <Ellipsis />
            </IconButton>
          }
          items={[
            {
              kind: "item",
              id: "clone",
              label: words.clone,
              icon: <CopyPlus />,
              onSelect: () => {
                act(clone);
              },
            },
            {
              kind: "item",
              id: "keep",
              label: run.kept ? listWords.unkeep : listWords.keep,
              icon: run.kept ? <PinOff /> : <Pin />,
              onSelect: () => {
                act(async () => {
                  await changeRun(run.id, { kept: !run.kept });
                  patchRun(run.id, { kept: !run.kept });
                });
              },
            },
            {
              kind: "item",
              id: "download",
              label: words.download,
              icon: <Download />,
              onSelect: () => {
                window.location.assign(documentPath(run.id));
              },
            },
            ...(over
              ? [
                  { kind: "separator" as const, id: "line" },
                  {
                    kind: "item" as const,
                    id: "delete",
                    label: listWords.delete,
                    icon: <Trash2 />,
                    danger: true,
                    onSelect: () => {
                      act(async () => {
                        await deleteRun(client, run);
                        await navigate("/runs");
                      });
                    },
                  },
                ]
              : []),
          ]}
        />
      </div>
    </TopBar>
  );
};

/** The facts of the run in one line under the top bar. */
export const FactsLine = ({ run }: { readonly run: Run }) => {
  const total = Object.keys(run.steps).length;
  const done = Math.round((shareDone(run.counts) ?? 0) * total);
  const { reused, all } = shareReused(Object.values(run.steps));
  return (
    <div className={styles.line} data-status={run.status}>
      <strong>{statuses[run.status] ?? run.status}</strong>
      {run.started != null && (
        <span>
          <Duration seconds={run.seconds} since={iso(run.started)} />
        </span>
      )}
      {!isOver(run.status) && <span className="numbers">{words.progress(done, total)}</span>}
      {reused > 0 && (
        <span className={styles.reused}>
          <StatusIcon status="reused" size={14} />
          {planWords.share(reused, all)}
        </span>
      )}
      <span>
        <RelativeTime time={iso(run.started ?? run.created)} />
      </span>
      {run.kept && <span>{listWords.kept}</span>}
      {run.resumed_from !== "" && (
        <span>
          {words.resumedFrom} <OriginLink origin={{ run: run.resumed_from, node: "" }} link={Link} />
        </span>
      )}
      <Link to={`/runs?experiment=${encodeURIComponent(run.experiment)}`}>{run.experiment}</Link>
      {run.pipeline !== "" && (
        <Link to={`/pipelines/${run.pipeline}`}>{run.pipeline_name || words.pipeline}</Link>
      )}
      {run.git.map((copy) => (
        <Chip
          key={`${copy.folder} ${copy.commit ?? ""}`}
          icon={<GitBranch />}
          tone={copy.dirty ? "warn" : "neutral"}
        >
          <span title={words.gitHint(copy.repository ?? "", copy.commit ?? "", copy.dirty === true)}>
            {words.git(copy.folder, copy.branch ?? "", copy.commit ?? "", copy.dirty === true)}
          </span>
        </Chip>
      ))}
      {Object.entries(run.parameters).map(([name, value]) => (
        <Chip key={name}>
          {name} <b className="numbers">{inWords(value)}</b>
        </Chip>
      ))}
    </div>
  );
};
