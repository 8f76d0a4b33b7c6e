import { useQueryClient } from "@tanstack/react-query";
import { FileArchive, ShieldAlert, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { acceptImport, importKeys, useImport, useImports } from "@/api/queries.imports";
import type { Import } from "@/api/queries.imports";
import { editorKeys } from "@/api/queries.editor";
import { Reached } from "@/pages/addmodule/Notes";
import { PageTitle } from "@/pages/frame/TopBar";
import { toastError } from "@/pages/shared/openPipeline";
import { errors } from "@/text/errors";
import { imports as words } from "@/text/imports";
import { Button, Chip, CodeEditor, EmptyState, ErrorState, RelativeTime, Spinner, toast } from "@/ui";
import styles from "./imports.module.css";

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

type Module = Import["modules"][number];

const ModuleView = ({ module }: { readonly module: Module }) => (
  <li>
    <h3>
      {module.title}
      <code>{module.reference}</code>
      {module.here !== module.reference && <span>{words.asHere(module.here)}</span>}
      {module.known && <Chip tone="good">{words.known}</Chip>}
    </h3>
    {(module.packages ?? []).length > 0 && (
      <p>
        <b>{words.packages}</b> {(module.packages ?? []).join(", ")}
      </p>
    )}
    {(module.files ?? []).length > 0 && (
      <p>
        <b>{words.files}</b> {(module.files ?? []).join(", ")}
      </p>
    )}
    <Reached reach={module.reach ?? []} />
    <details className={styles.code}>
      <summary>{words.code}</summary>
      <CodeEditor
        label={`${words.code}: ${module.title}`}
        value={module.source}
        language={module.kind === "function" ? "python" : "text"}
      />
    </details>
  </li>
);

const One = ({ id }: { readonly id: string }) => {
  const client = useQueryClient();
  const found = useImport(id);
  const [busy, setBusy] = useState(false);
  if (found.error)
    return (
      <ErrorState
        message={words.failed}
        cause={messageOf(found.error)}
        cure={isApiError(found.error) ? found.error.cure : undefined}
        action={<Button onClick={() => void found.refetch()}>{errors.retry}</Button>}
      />
    );
  if (!found.data) return <Spinner label={words.reading} />;
  const it = found.data;
  const accept = (): void => {
    setBusy(true);
    acceptImport(it.id, it.digest)
      .then(async () => {
        toast({ text: words.done });
        await client.invalidateQueries({ queryKey: importKeys.all });
        void client.invalidateQueries({ queryKey: editorKeys.modules });
      })
      .catch(toastError)
      .finally(() => {
        setBusy(false);
      });
  };
  const empty = it.modules.length === 0 && it.pipelines.length === 0;
  return (
    <div className={styles.one}>
      <PageTitle title={it.file_name} />
      {it.accepted == null ? (
        <section className={styles.warning} aria-label={words.waiting}>
          <ShieldAlert aria-hidden="true" />
          <div>
            <strong>{empty ? words.cutOff : words.warning}</strong>
            {!empty && <p>{words.warningText}</p>}
          </div>
          {!empty && (
            <Button look="filled" disabled={busy} onClick={accept}>
              {words.accept}
            </Button>
          )}
        </section>
      ) : (
        <p className={styles.good}>
          <ShieldCheck aria-hidden="true" />
          <span>
            {words.accepted} <RelativeTime time={iso(it.accepted)} />
          </span>
        </p>
      )}
      {it.pipelines.length > 0 && (
        <section>
          <h2>{words.pipelines}</h2>
          <ul>
            {it.pipelines.map((pipeline) => (
              <li key={pipeline.id}>
                <h3>
                  <Link to={`/pipelines/${pipeline.id}`}>{pipeline.name}</Link>
                  <span>{words.nodes(pipeline.nodes)}</span>
                </h3>
                {(pipeline.code ?? []).length > 0 && <p>{words.codeIn(pipeline.code ?? [])}</p>}
                {(pipeline.datasets ?? []).length > 0 && <p>{words.reads(pipeline.datasets ?? [])}</p>}
                <Reached reach={pipeline.reach ?? []} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {it.modules.length > 0 && (
        <section>
          <h2>{words.modules}</h2>
          <ul>
            {it.modules.map((module) => (
              <ModuleView key={module.reference} module={module} />
            ))}
          </ul>
        </section>
      )}
      {(it.missing ?? []).length > 0 && (
        <section>
          <h2>{words.missing}</h2>
          <p>{(it.missing ?? []).join(", ")}</p>
        </section>
      )}
      <p className={styles.faint}>
        {words.digest} <code>{it.digest}</code>
      </p>
    </div>
  );
};

const All = () => {
  const list = useImports();
  if (list.error) return <ErrorState message={words.listFailed} cause={messageOf(list.error)} />;
  if (!list.data) return <Spinner label={words.reading} />;
  return (
    <div className={styles.one}>
      <PageTitle title={words.title} />
      {list.data.items.length === 0 ? (
        <EmptyState picture={<FileArchive />} title={words.none} text={words.noneText} />
      ) : (
        <ul className={styles.list}>
          {list.data.items.map((it) => (
            <li key={it.id}>
              <h3>
                <Link to={`/imports/${it.id}`}>{it.file_name}</Link>
                <Chip tone={it.accepted == null ? "warn" : "good"}>
                  {it.accepted == null ? words.waiting : words.accepted}
                </Chip>
                <span>{words.summary(it.modules.length, it.pipelines.length)}</span>
                <span>
                  <RelativeTime time={iso(it.created)} />
                </span>
              </h3>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
};

/** What came from elsewhere, shown before it can run. */
export const Component = () => {
  const { id } = useParams();
  return id === undefined ? <All /> : <One key={id} id={id} />;
};
