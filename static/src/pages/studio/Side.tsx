import { useState } from "react";
import { Link } from "react-router";
import { fetchModule, useModuleUses } from "@/api/queries.modules";
import type { OwnModule } from "@/api/queries.modules";
import { toastError } from "@/pages/shared/openPipeline";
import { studio as words } from "@/text/studio";
import { Button, Chip, EmptyState, RelativeTime } from "@/ui";
import { Compare } from "./Dialogs";
import styles from "./studio.module.css";

/** All versions: when, with which note, and the way back to each. */
export const Versions = ({
  own,
  source,
  onRollBack,
}: {
  readonly own: OwnModule | null;
  readonly source: string;
  readonly onRollBack: (version: number) => void;
}) => {
  const [compared, setCompared] = useState<{ readonly version: number; readonly text: string } | null>(null);
  if (!own) return <EmptyState title={words.neverSaved} text={words.noVersions} />;
  return (
    <>
      <ol className={styles.versions} aria-label={words.versionsOf}>
        {own.versions.map(({ version, note, created }, at) => (
          <li key={version}>
            <div className={styles.versionHead}>
              <b>{words.version(version)}</b>
              {at === 0 && <Chip tone="accent">{words.newest}</Chip>}
              <span className={styles.quiet}>
                <RelativeTime time={new Date(created * 1000).toISOString()} />
              </span>
            </div>
            <p className={note === "" ? styles.quiet : undefined}>{note === "" ? words.noNote : note}</p>
            <div className={styles.versionActs}>
              <Button
                size="small"
                look="quiet"
                onClick={() => {
                  fetchModule(`${own.name}@${String(version)}`)
                    .then((found) => {
                      setCompared({ version, text: found.source });
                    })
                    .catch(toastError);
                }}
              >
                {words.compare}
              </Button>
              {at > 0 && (
                <Button
                  size="small"
                  look="quiet"
                  onClick={() => {
                    onRollBack(version);
                  }}
                >
                  {words.rollBack}
                </Button>
              )}
            </div>
          </li>
        ))}
      </ol>
      {compared && (
        <Compare
          version={compared.version}
          before={compared.text}
          after={source}
          onClose={() => {
            setCompared(null);
          }}
        />
      )}
    </>
  );
};

/** The pipelines that use it, with the versions they name. */
export const Uses = ({ name }: { readonly name: string }) => {
  const uses = useModuleUses(name);
  const found = uses.data ?? [];
  if (found.length === 0) return <EmptyState title={words.unused} text={words.unusedText} />;
  return (
    <ul className={styles.uses}>
      {found.map((use) => {
        const versions = [...new Set(Object.values(use.nodes))].sort((one, other) => other - one);
        return (
          <li key={use.id}>
            <Link to={`/pipelines/${use.id}`}>{use.name}</Link>
            <span className={styles.quiet}>
              {words.usesNodes(Object.keys(use.nodes).length)} · {words.usesVersions(versions)}
            </span>
          </li>
        );
      })}
    </ul>
  );
};
