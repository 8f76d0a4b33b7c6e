import {
  Copy,
  Download,
  Ellipsis,
  FileArchive,
  FileUp,
  History,
  Pencil,
  Plus,
  Search,
  Trash2,
  Workflow,
} from "lucide-react";
import { useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Link, useNavigate } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { pipelineBundlePath } from "@/api/queries.imports";
import {
  deletePipeline,
  duplicatePipeline,
  exportPath,
  pipelineKeys,
  renamePipeline,
  restorePipeline,
  usePipelines,
} from "@/api/queries.pipelines";
import type { PipelineSummary } from "@/api/types";
import { useLiveRunList } from "@/live/hooks";
import { PageTitle } from "@/pages/frame/TopBar";
import { PipelineCard } from "@/pages/shared/PipelineCard";
import { FileDrop, useFileChooser } from "@/pages/shared/FileDrop";
import { LiveBanner } from "@/pages/shared/LiveBanner";
import { toastError, useOpenPipeline } from "@/pages/shared/openPipeline";
import { errors } from "@/text/errors";
import { imports } from "@/text/imports";
import { home, pipelines as words } from "@/text/home";
import {
  Button,
  Dialog,
  EmptyState,
  ErrorState,
  IconButton,
  Menu,
  Spinner,
  TextField,
  TextInput,
  toast,
} from "@/ui";
import styles from "./pipelines.module.css";

const Rename = ({
  pipeline,
  onClose,
}: {
  readonly pipeline: PipelineSummary;
  readonly onClose: () => void;
}) => {
  const client = useQueryClient();
  const [name, setName] = useState(pipeline.name);
  const save = (): void => {
    const wanted = name.trim();
    if (wanted === "") return;
    renamePipeline(pipeline.id, wanted)
      .then(() => client.invalidateQueries({ queryKey: pipelineKeys.lists }))
      .catch(toastError);
    onClose();
  };
  return (
    <Dialog
      open
      size="small"
      title={words.rename}
      onOpenChange={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button look="filled" disabled={name.trim() === ""} onClick={save}>
            {words.save}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField label={words.name} value={name} onChange={setName} />
      </form>
    </Dialog>
  );
};

const Actions = ({
  pipeline,
  onRename,
}: {
  readonly pipeline: PipelineSummary;
  readonly onRename: () => void;
}) => {
  const client = useQueryClient();
  const navigate = useNavigate();
  const again = () => client.invalidateQueries({ queryKey: pipelineKeys.lists });
  const restore = (): void => {
    restorePipeline(pipeline.id)
      .then(() => {
        toast({ text: words.restored(pipeline.name), seconds: 3 });
        return again();
      })
      .catch(toastError);
  };
  return (
    <Menu
      align="end"
      trigger={
        <IconButton small label={words.actions(pipeline.name)}>
          <Ellipsis />
        </IconButton>
      }
      items={[
        { kind: "item", id: "rename", label: words.rename, icon: <Pencil />, onSelect: onRename },
        {
          kind: "item",
          id: "duplicate",
          label: words.duplicate,
          icon: <Copy />,
          onSelect: () => {
            duplicatePipeline(pipeline.id).then(again, toastError);
          },
        },
        {
          kind: "item",
          id: "export",
          label: words.export,
          icon: <Download />,
          onSelect: () => {
            window.location.assign(exportPath(pipeline.id));
          },
        },
        {
          kind: "item",
          id: "bundle",
          label: imports.export,
          icon: <FileArchive />,
          onSelect: () => {
            window.location.assign(pipelineBundlePath(pipeline.id));
          },
        },
        {
          kind: "item",
          id: "runs",
          label: words.runs,
          icon: <History />,
          onSelect: () => void navigate(`/runs?pipeline=${pipeline.id}`),
        },
        { kind: "separator", id: "line" },
        {
          kind: "item",
          id: "delete",
          label: words.delete,
          icon: <Trash2 />,
          danger: true,
          onSelect: () => {
            deletePipeline(pipeline.id)
              .then(() => {
                toast({
                  text: words.deleted(pipeline.name),
                  seconds: 10,
                  action: { label: words.undo, do: restore },
                });
                return again();
              })
              .catch(toastError);
          },
        },
      ]}
    />
  );
};

export const Component = () => {
  useLiveRunList();
  const open = useOpenPipeline();
  const [typed, setTyped] = useState("");
  const q = useDeferredValue(typed.trim());
  const list = usePipelines(q, 24);
  const [renamed, setRenamed] = useState<PipelineSummary | null>(null);
  const take = (files: readonly File[]): void => {
    const [first] = files;
    if (first === undefined) return;
    if (/(\.json|\.designer\.zip)$/i.test(first.name)) open.file(first);
    else toast({ text: home.useDatasets(first.name), tone: "bad" });
  };
  const choose = useFileChooser({ accept: ".json,.zip,application/json", onFiles: take });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <div className={styles.page}>
      <PageTitle
        title={words.title}
        actions={
          <>
            <TextInput
              className={styles.search}
              icon={<Search />}
              value={typed}
              onChange={setTyped}
              placeholder={words.search}
              aria-label={words.search}
            />
            <Button icon={<FileUp />} title={home.importHint} onClick={choose}>
              {home.import}
            </Button>
            <Button look="filled" icon={<Plus />} disabled={open.busy !== null} onClick={open.empty}>
              {home.newPipeline}
            </Button>
          </>
        }
      />
      <FileDrop label={home.drop} onFiles={take} />
      {list.error !== null && list.data === undefined ? (
        <ErrorState
          message={words.failed}
          cause={messageOf(list.error)}
          cure={isApiError(list.error) ? list.error.cure : undefined}
          action={<Button onClick={() => void list.refetch()}>{errors.retry}</Button>}
        />
      ) : list.data === undefined ? (
        <Spinner label={words.title} />
      ) : items.length === 0 ? (
        q === "" ? (
          <EmptyState
            picture={<Workflow />}
            title={words.none}
            text={words.noneText}
            action={<Link to="/">{words.samples}</Link>}
          />
        ) : (
          <EmptyState
            picture={<Search />}
            title={words.noMatch(q)}
            action={
              <Button
                onClick={() => {
                  setTyped("");
                }}
              >
                {words.clear}
              </Button>
            }
          />
        )
      ) : (
        <>
          <ul className={styles.grid}>
            {items.map((pipeline) => (
              <li key={pipeline.id}>
                <PipelineCard
                  pipeline={pipeline}
                  actions={
                    <Actions
                      pipeline={pipeline}
                      onRename={() => {
                        setRenamed(pipeline);
                      }}
                    />
                  }
                />
              </li>
            ))}
          </ul>
          {list.hasNextPage && (
            <div className={styles.foot}>
              <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {words.more}
              </Button>
            </div>
          )}
        </>
      )}
      {renamed !== null && (
        <Rename
          pipeline={renamed}
          onClose={() => {
            setRenamed(null);
          }}
        />
      )}
      <LiveBanner />
    </div>
  );
};
