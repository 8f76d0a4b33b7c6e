import { useQueryClient } from "@tanstack/react-query";
import { ChevronRight, CircleStop, CopyPlus, Download, Ellipsis, Pencil, RotateCw } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { cancelRun, changeRun, cloneRun, documentPath, runKeys, submitRun } from "@/api/queries.runs";
import { isOver } from "@/api/types";
import type { Run } from "@/api/types";
import { patchRun } from "@/live/runs";
import { TopBar } from "@/pages/frame/TopBar";
import { toastError } from "@/pages/shared/openPipeline";
import { RunIcon, iso, shareDone } from "@/pages/shared/Status";
import { run as words, runs as listWords } from "@/text/runs";
import { statuses } from "@/text/statuses";
import { Button, Chip, Duration, IconButton, Menu, RelativeTime, toast } from "@/ui";
import styles from "./run.module.css";

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
  const [busy, setBusy] = useState(false);
  const over = isOver(run.status);
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
        <Button
          look={over ? "filled" : "outlined"}
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
              id: "download",
              label: words.download,
              icon: <Download />,
              onSelect: () => {
                window.location.assign(documentPath(run.id));
              },
            },
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
  return (
    <div className={styles.line} data-status={run.status}>
      <strong>{statuses[run.status] ?? run.status}</strong>
      {run.started != null && (
        <span>
          <Duration seconds={run.seconds} since={iso(run.started)} />
        </span>
      )}
      {!isOver(run.status) && <span className="numbers">{words.progress(done, total)}</span>}
      <span>
        <RelativeTime time={iso(run.started ?? run.created)} />
      </span>
      <Link to={`/runs?experiment=${encodeURIComponent(run.experiment)}`}>{run.experiment}</Link>
      {run.pipeline !== "" && (
        <Link to={`/pipelines/${run.pipeline}`}>{run.pipeline_name || words.pipeline}</Link>
      )}
      {Object.entries(run.parameters).map(([name, value]) => (
        <Chip key={name}>
          {name} <b className="numbers">{inWords(value)}</b>
        </Chip>
      ))}
    </div>
  );
};
