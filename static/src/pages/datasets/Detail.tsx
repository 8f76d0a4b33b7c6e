import { useQueryClient } from "@tanstack/react-query";
import { Copy, Database, Download, Trash2, Upload } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import {
  changeDataset,
  datasetKeys,
  deleteDataset,
  restoreDataset,
  useDataset,
} from "@/api/queries.datasets";
import { downloadPath } from "@/api/queries.previews";
import type { Dataset, DatasetVersion } from "@/api/types";
import { useFileChooser } from "@/pages/shared/FileDrop";
import { Snippet } from "@/pages/shared/Snippet";
import { toastError } from "@/pages/shared/openPipeline";
import { iso } from "@/pages/shared/Status";
import { PreviewPanel } from "@/previews";
import { datasets as words } from "@/text/datasets";
import {
  Button,
  Chip,
  EmptyState,
  ErrorState,
  IconButton,
  RelativeTime,
  Spinner,
  StatusIcon,
  TextArea,
  TextInput,
  formatBytes,
  formatShape,
  toast,
} from "@/ui";
import styles from "./datasets.module.css";
import { ReadForm } from "./ReadForm";

const LOOKS = { reading: "running", ready: "completed", failed: "failed" } as const;

const Title = ({ dataset }: { readonly dataset: Dataset }) => {
  const client = useQueryClient();
  const [typed, setTyped] = useState<string | null>(null);
  const save = (): void => {
    const wanted = typed?.trim() ?? "";
    setTyped(null);
    if (wanted === "" || wanted === dataset.title) return;
    changeDataset(dataset.id, { title: wanted })
      .then(() => client.invalidateQueries({ queryKey: ["datasets"] }))
      .catch(toastError);
  };
  return typed === null ? (
    <h2>
      <button
        type="button"
        title={words.rename}
        onClick={() => {
          setTyped(dataset.title);
        }}
      >
        {dataset.title}
      </button>
    </h2>
  ) : (
    <TextInput
      autoFocus
      aria-label={words.titleLabel}
      value={typed}
      maxLength={200}
      onChange={setTyped}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === "Enter") save();
        if (event.key === "Escape") setTyped(null);
      }}
    />
  );
};

const Description = ({ dataset }: { readonly dataset: Dataset }) => {
  const client = useQueryClient();
  const [typed, setTyped] = useState<string | null>(null);
  const save = (): void => {
    const wanted = typed ?? "";
    setTyped(null);
    if (wanted === dataset.description) return;
    changeDataset(dataset.id, { description: wanted })
      .then(() => client.invalidateQueries({ queryKey: ["datasets"] }))
      .catch(toastError);
  };
  if (typed !== null)
    return (
      <TextArea
        autoFocus
        rows={3}
        aria-label={words.description}
        value={typed}
        onChange={setTyped}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === "Escape") setTyped(null);
        }}
      />
    );
  return (
    <button
      type="button"
      className={styles.description}
      onClick={() => {
        setTyped(dataset.description);
      }}
    >
      {dataset.description === "" ? (
        <span className={styles.faint}>{words.addDescription}</span>
      ) : (
        dataset.description
      )}
    </button>
  );
};

const snippet = (dataset: Dataset): string => `from pathlib import Path
from designer.sdk import find_server

client = find_server(Path.home() / ".designer")
client.upload(Path("${dataset.latest.file_name || `${dataset.name}.csv`}"), name="${dataset.name}")

# In a pipeline document a node reads it by name and version:
#   "data": {"dataset": "${dataset.name}@${String(dataset.latest.version)}"}
# A document for \`designer run\` may also name a file beside it:
#   "data": {"dataset": "./${dataset.latest.file_name || `${dataset.name}.csv`}"}

# The same over HTTP
# curl -H "Authorization: Bearer $(cat ~/.designer/token)" -F file=@data.csv http://127.0.0.1:8765/api/datasets`;

const Body = ({ dataset, version }: { readonly dataset: Dataset; readonly version: DatasetVersion }) => {
  if (version.status === "reading")
    return (
      <EmptyState
        picture={<StatusIcon status="running" size={36} />}
        title={words.status.reading}
        text={words.readingText}
      />
    );
  if (version.status === "failed") {
    const { error } = version;
    return (
      <ErrorState
        message={error?.message ?? words.status.failed}
        cause={error?.where === "" ? undefined : error?.where}
        cure={error?.cure}
      />
    );
  }
  return <PreviewPanel key={`${dataset.id} ${version.digest}`} digest={version.digest} />;
};

/** One dataset: its rows, how its file was read, its versions, and who uses it. */
export const Detail = ({
  id,
  onUpload,
}: {
  readonly id: string;
  readonly onUpload: (files: readonly File[], dataset: string) => void;
}) => {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const found = useDataset(id);
  const choose = useFileChooser({
    onFiles: (files) => {
      onUpload(files.slice(0, 1), id);
    },
  });
  if (found.error !== null && found.data === undefined)
    return isApiError(found.error) && found.error.status === 404 ? (
      <EmptyState picture={<Database />} title={words.notFound} />
    ) : (
      <ErrorState message={words.oneFailed} cause={messageOf(found.error)} />
    );
  const dataset = found.data;
  if (dataset === undefined) return <Spinner label={words.title} />;
  const versions = dataset.versions.length > 0 ? dataset.versions : [dataset.latest];
  const wanted = Number(query.get("version"));
  const version = versions.find((one) => one.version === wanted) ?? dataset.latest;
  const reference = `${dataset.name}@${String(version.version)}`;
  const again = () => client.invalidateQueries({ queryKey: ["datasets"] });
  const show = (number: number): void => {
    setQuery(number === dataset.latest.version ? {} : { version: String(number) }, { replace: true });
  };
  const restore = (): void => {
    restoreDataset(dataset.id)
      .then(async () => {
        await again();
        toast({ text: words.restored(dataset.title), seconds: 3 });
        await navigate(`/datasets/${dataset.id}`);
      })
      .catch(toastError);
  };
  return (
    <article className={styles.detail}>
      <header className={styles.detailHead}>
        <div>
          <Title dataset={dataset} />
          <Description dataset={dataset} />
          <p className={styles.line}>
            <span className={styles.statusLine}>
              <StatusIcon status={LOOKS[version.status]} size={14} />
              {words.status[version.status]}
            </span>
            {version.rows != null && (
              <span className="numbers">{formatShape(version.rows, version.columns.length)}</span>
            )}
            {version.file_name !== "" && (
              <span title={words.file}>
                {version.file_name} · {formatBytes(version.file_size)}
              </span>
            )}
            <RelativeTime time={iso(version.created)} />
            <span className={styles.reference} title={words.reference}>
              <code>{reference}</code>
              <IconButton
                small
                label={words.reference}
                onClick={() => {
                  const copied: Promise<void> =
                    "clipboard" in navigator
                      ? navigator.clipboard.writeText(reference)
                      : Promise.reject(new Error());
                  copied.then(
                    () => toast({ text: words.copied, seconds: 2 }),
                    () => null,
                  );
                }}
              >
                <Copy />
              </IconButton>
            </span>
            {dataset.sample && <Chip>{words.sample}</Chip>}
          </p>
        </div>
        <div className={styles.headActions}>
          <Button icon={<Upload />} title={words.newVersionHint} onClick={choose}>
            {words.newVersion}
          </Button>
          {version.digest !== "" && (
            <a
              className={styles.iconLink}
              href={downloadPath(version.digest)}
              download
              aria-label={words.download}
              title={words.download}
            >
              <Download />
            </a>
          )}
          <IconButton
            label={words.delete}
            onClick={() => {
              deleteDataset(dataset.id)
                .then(async () => {
                  client.removeQueries({ queryKey: datasetKeys.one(dataset.id) });
                  toast({
                    text: words.deleted(dataset.title),
                    seconds: 10,
                    action: { label: words.undo, do: restore },
                  });
                  await navigate("/datasets");
                  await client.invalidateQueries({ queryKey: datasetKeys.lists });
                })
                .catch(toastError);
            }}
          >
            <Trash2 />
          </IconButton>
        </div>
      </header>
      <div className={styles.detailBody}>
        <div className={styles.look}>
          <Body dataset={dataset} version={version} />
        </div>
        <aside className={styles.side}>
          <section>
            <h3>{words.read.title}</h3>
            <p className={styles.faint}>{words.read.help}</p>
            <ReadForm
              key={`${dataset.id} ${String(version.version)} ${version.status}`}
              dataset={dataset.id}
              version={version}
              onRead={(changed) => {
                client.setQueryData(datasetKeys.one(dataset.id), changed);
                setQuery({}, { replace: true });
              }}
            />
          </section>
          <section>
            <h3>{words.versions}</h3>
            <ul className={styles.versions}>
              {versions.map((one) => (
                <li key={one.version}>
                  <button
                    type="button"
                    aria-pressed={one.version === version.version}
                    onClick={() => {
                      show(one.version);
                    }}
                  >
                    <StatusIcon status={LOOKS[one.status]} size={14} label={words.status[one.status]} />
                    <span>{words.version(one.version)}</span>
                    <small>
                      {one.version === dataset.latest.version && `${words.latest} · `}
                      <RelativeTime time={iso(one.created)} />
                    </small>
                  </button>
                </li>
              ))}
            </ul>
          </section>
          <section>
            <h3>{words.usedBy}</h3>
            {dataset.used_by.length === 0 ? (
              <p className={styles.faint}>{words.unused}</p>
            ) : (
              <ul className={styles.users}>
                {dataset.used_by.map((user) => (
                  <li key={user["id"]}>
                    <Link to={`/pipelines/${user["id"] ?? ""}`}>{user["name"]}</Link>
                  </li>
                ))}
              </ul>
            )}
          </section>
          <Snippet code={snippet(dataset)} />
        </aside>
      </div>
    </article>
  );
};
