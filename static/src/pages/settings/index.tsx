import { useQueryClient } from "@tanstack/react-query";
import { Pin } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { messageOf } from "@/api/errors";
import { useSystem } from "@/api/queries.previews";
import { changeRun } from "@/api/queries.runs";
import { cleanUp, storageKey, useStorage } from "@/api/queries.storage";
import type { Storage } from "@/api/queries.storage";
import { PageTitle } from "@/pages/frame/TopBar";
import { toastError } from "@/pages/shared/openPipeline";
import { settings as words } from "@/text/settings";
import { Button, ErrorState, Spinner, formatBytes, toast } from "@/ui";
import { Secrets } from "./Secrets";
import styles from "./settings.module.css";

const Space = ({ storage }: { readonly storage: Storage }) => {
  const {
    free,
    total,
    database,
    artifact_bytes: artifacts,
    unused_bytes: unused,
    backup_bytes: backups,
  } = storage;
  const parts = [
    { id: "artifacts", bytes: artifacts - unused, note: words.artifacts(storage.artifacts) },
    { id: "unused", bytes: unused, note: "" },
    { id: "database", bytes: database, note: "" },
    { id: "backups", bytes: backups, note: "" },
  ] as const;
  const used = parts.reduce((sum, part) => sum + part.bytes, 0);
  return (
    <>
      <p className={styles.free}>
        <strong className="numbers">{formatBytes(used)}</strong>
        <span>{words.free(formatBytes(free), formatBytes(total))}</span>
      </p>
      <div className={styles.bar} aria-hidden="true">
        {parts.map(({ id, bytes }) => (
          <i key={id} data-part={id} style={{ flexGrow: Math.max(0, bytes) }} />
        ))}
      </div>
      <dl className={styles.parts}>
        {parts.map(({ id, bytes, note }) => (
          <div key={id}>
            <dt>
              <i data-part={id} aria-hidden="true" />
              {words.parts[id]}
            </dt>
            <dd className="numbers">{formatBytes(Math.max(0, bytes))}</dd>
            <dd className={styles.faint}>{note}</dd>
          </div>
        ))}
      </dl>
      {storage.deleted_runs > 0 && (
        <p className={styles.faint}>
          <Link to="/runs?deleted=yes">{words.deleted(storage.deleted_runs)}</Link>
        </p>
      )}
    </>
  );
};

const Going = ({ storage }: { readonly storage: Storage }) => {
  const client = useQueryClient();
  if (storage.going.length === 0) return <p className={styles.faint}>{words.goingNone}</p>;
  return (
    <ul className={styles.going}>
      {storage.going.map((run) => (
        <li key={run.run}>
          <Link to={`/runs/${run.run}`}>{run.name}</Link>
          <span className={styles.faint}>{run.why}</span>
          <Button
            size="small"
            look="quiet"
            icon={<Pin />}
            onClick={() => {
              changeRun(run.run, { kept: true })
                .then(() => client.invalidateQueries({ queryKey: storageKey }))
                .catch(toastError);
            }}
          >
            {words.keep}
          </Button>
        </li>
      ))}
    </ul>
  );
};

const StorageSection = () => {
  const client = useQueryClient();
  const storage = useStorage();
  const [busy, setBusy] = useState(false);
  const clean = async (): Promise<void> => {
    const done = await cleanUp();
    toast({
      text: words.cleaned(
        done.deleted_runs + done.removed_runs,
        done.removed_artifacts,
        formatBytes(done.removed_bytes),
      ),
    });
    await client.invalidateQueries({ queryKey: storageKey });
  };
  if (storage.error !== null && storage.data === undefined)
    return <ErrorState message={words.failed} cause={messageOf(storage.error)} />;
  if (storage.data === undefined) return <Spinner label={words.storage} />;
  const { keep_runs_days: days, keep_runs_count: count, keep_bytes: bytes } = storage.data;
  return (
    <section className={styles.section}>
      <header>
        <h2>{words.storage}</h2>
        <Button
          disabled={busy}
          title={words.cleanHint}
          onClick={() => {
            setBusy(true);
            clean()
              .catch(toastError)
              .finally(() => {
                setBusy(false);
              });
          }}
        >
          {words.clean}
        </Button>
      </header>
      <Space storage={storage.data} />
      <h3>{words.rules}</h3>
      <ul className={styles.rules}>
        <li>{words.days(days)}</li>
        <li>{words.count(count)}</li>
        <li>{words.bytes(bytes > 0 ? formatBytes(bytes) : "")}</li>
      </ul>
      <p className={styles.faint}>{words.rulesText}</p>
      <h3>{words.going}</h3>
      <Going storage={storage.data} />
    </section>
  );
};

/** The server itself: what takes space and what may go, which version it is. */
export const Component = () => {
  const system = useSystem().data;
  return (
    <div className={styles.page}>
      <PageTitle title={words.title} />
      <StorageSection />
      <Secrets />
      {system && (
        <>
          <section className={styles.section}>
            <h2>{words.about}</h2>
            <dl className={styles.parts}>
              {(
                [
                  [words.version, system.version],
                  [words.python, system.python],
                  [words.home, system.home],
                ] as const
              ).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </section>
        </>
      )}
    </div>
  );
};
