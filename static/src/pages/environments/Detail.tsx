import { useQueryClient } from "@tanstack/react-query";
import { CircleStop, Ellipsis, Package, RefreshCw, Search, Server, Sparkles, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import {
  buildEnvironment,
  cancelBuild,
  deleteEnvironment,
  environmentKeys,
  useEnvironment,
} from "@/api/queries.environments";
import type { EnvironmentDetail, EnvironmentList } from "@/api/queries.environments";
import { BuildLog } from "@/logs";
import { toastError } from "@/pages/shared/openPipeline";
import { iso } from "@/pages/shared/Status";
import { environments as words } from "@/text/environments";
import {
  Button,
  EmptyState,
  ErrorState,
  IconButton,
  Menu,
  RelativeTime,
  Spinner,
  StatusIcon,
  Tabs,
  TextInput,
  formatBytes,
  toast,
} from "@/ui";
import styles from "./environments.module.css";
import { packagesOf } from "./lock";
import { DRAWN, isBuilding, titleOf } from "./status";

const Packages = ({ packages }: { readonly packages: readonly (readonly [string, string])[] }) => {
  const [typed, setTyped] = useState("");
  const q = typed.trim().toLowerCase();
  const found = packages.filter(([name]) => name.toLowerCase().includes(q));
  return (
    <>
      {packages.length > 12 && (
        <div className={styles.filter}>
          <TextInput
            icon={<Search />}
            value={typed}
            onChange={setTyped}
            placeholder={words.filter}
            aria-label={words.filter}
          />
        </div>
      )}
      {found.length === 0 ? (
        <p className={styles.faint}>{words.noPackage(q)}</p>
      ) : (
        <dl className={styles.packages}>
          {found.map(([name, version]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="numbers">{version}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
};

/** The Python that the server itself runs on. */
export const ServerDetail = ({ server }: { readonly server: EnvironmentList["server"] }) => (
  <article className={styles.detail}>
    <header className={styles.head}>
      <Server aria-hidden="true" />
      <div>
        <h2>{words.server}</h2>
        <p className={styles.line}>{words.python(server.python_version)}</p>
        <p className={styles.faint}>{words.serverText}</p>
      </div>
    </header>
    <div className={styles.scroll}>
      <Packages packages={Object.entries(server.packages)} />
    </div>
  </article>
);

const Used = ({ environment }: { readonly environment: EnvironmentDetail }) => {
  const { modules, pipelines } = environment;
  if (modules.length + pipelines.length === 0) return <p className={styles.faint}>{words.usedByNone}</p>;
  return (
    <>
      {modules.length > 0 && (
        <section>
          <h3>{words.usedModules}</h3>
          <ul className={styles.users}>
            {modules.map((module) => (
              <li key={module}>
                <Link to={`/modules/${module.replace(/@.*$/, "")}`}>{module}</Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      {pipelines.length > 0 && (
        <section>
          <h3>{words.usedPipelines}</h3>
          <ul className={styles.users}>
            {pipelines.map((pipeline) => (
              <li key={pipeline["id"]}>
                <Link to={`/pipelines/${pipeline["id"] ?? ""}`}>{pipeline["name"]}</Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
};

const Facts = ({ environment }: { readonly environment: EnvironmentDetail }) => {
  const { status, python, python_version: version, packages, size, used, built } = environment;
  return (
    <p className={styles.line}>
      <span className={styles.statusLine}>
        <StatusIcon status={DRAWN[status]} progress={environment.progress} size={14} />
        {words.status[status]}
      </span>
      {(version !== "" || python !== "") && <span>{words.python(version === "" ? python : version)}</span>}
      {packages != null && <span className="numbers">{words.packages(packages)}</span>}
      {size > 0 && <span className="numbers">{formatBytes(size)}</span>}
      {built != null && (
        <span>
          {words.built} <RelativeTime time={iso(built)} />
        </span>
      )}
      <span>
        {used == null ? (
          words.neverUsed
        ) : (
          <>
            {words.used} <RelativeTime time={iso(used)} />
          </>
        )}
      </span>
    </p>
  );
};

/** One environment: how it is, what it holds, its build as it goes, and who needs it. */
export const Detail = ({ reference }: { readonly reference: string }) => {
  const client = useQueryClient();
  const navigate = useNavigate();
  const found = useEnvironment(reference);
  const [chosen, setChosen] = useState<string | null>(null);
  if (found.error !== null && found.data === undefined)
    return isApiError(found.error) && found.error.status === 404 ? (
      <EmptyState picture={<Package />} title={words.notFound} />
    ) : (
      <ErrorState message={words.oneFailed} cause={messageOf(found.error)} />
    );
  const environment = found.data;
  if (environment === undefined) return <Spinner label={words.title} />;
  const { status, error, progress, progress_text: progressText } = environment;
  const building = isBuilding(status);
  const act = (work: () => Promise<unknown>): void => {
    work()
      .then(() => client.invalidateQueries({ queryKey: environmentKeys.all }))
      .catch(toastError);
  };
  // While it is built, and when that failed, the log says most.
  const tab = chosen ?? (building || status === "failed" ? "log" : "packages");
  return (
    <article className={styles.detail}>
      <header className={styles.head}>
        <Package aria-hidden="true" />
        <div>
          <h2>{titleOf(environment)}</h2>
          {environment.description !== "" && <p className={styles.faint}>{environment.description}</p>}
          <Facts environment={environment} />
        </div>
        <div className={styles.actions}>
          {building ? (
            <Button
              look="danger"
              icon={<CircleStop />}
              onClick={() => {
                act(() => cancelBuild(environment.id));
              }}
            >
              {words.cancel}
            </Button>
          ) : (
            <Button
              icon={<RefreshCw />}
              onClick={() => {
                setChosen("log");
                act(() => buildEnvironment(environment.id, false));
              }}
            >
              {words.rebuild}
            </Button>
          )}
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
                id: "renew",
                label: words.renew,
                icon: <Sparkles />,
                disabled: building,
                onSelect: () => {
                  setChosen("log");
                  act(() => buildEnvironment(environment.id, true));
                },
              },
              {
                kind: "item",
                id: "delete",
                label: words.delete,
                icon: <Trash2 />,
                danger: true,
                onSelect: () => {
                  act(async () => {
                    await deleteEnvironment(environment.names[0] ?? environment.id);
                    toast({ text: words.deleted(titleOf(environment)), seconds: 4 });
                    await navigate("/environments");
                  });
                },
              },
            ]}
          />
        </div>
      </header>
      {building && (
        <div className={styles.progress} role="status">
          <progress
            max={1}
            {...(progress == null ? {} : { value: progress })}
            aria-label={words.status[status]}
          />
          <span className="numbers">{progressText === "" ? words.status[status] : progressText}</span>
        </div>
      )}
      {error != null && (
        <div className={styles.error} role="alert">
          <p>{error.message}</p>
          {error.cure !== "" && <p>{error.cure}</p>}
        </div>
      )}
      <div className={styles.tabs}>
        <Tabs
          label={titleOf(environment)}
          value={tab}
          onChange={setChosen}
          tabs={[
            {
              id: "packages",
              label: words.tabs.packages,
              content: (
                <div className={styles.scroll}>
                  <section>
                    <h3>{words.asked}</h3>
                    <ul className={styles.asked}>
                      {environment.requirements.map((line) => (
                        <li key={line}>
                          <code>{line}</code>
                        </li>
                      ))}
                      {environment.python !== "" && (
                        <li>
                          <code>{`python ${environment.python}`}</code>
                        </li>
                      )}
                    </ul>
                  </section>
                  <section>
                    <h3>{words.locked}</h3>
                    {environment.lock_text === "" ? (
                      <p className={styles.faint}>{words.notLocked}</p>
                    ) : (
                      <Packages packages={packagesOf(environment.lock_text)} />
                    )}
                  </section>
                </div>
              ),
            },
            {
              id: "log",
              label: words.tabs.log,
              content: (
                <div className={styles.log}>
                  <BuildLog
                    key={`${environment.id} ${String(building)}`}
                    environment={environment.id}
                    size={environment.log_bytes}
                    live={building}
                  />
                </div>
              ),
            },
            {
              id: "used",
              label: words.tabs.used,
              content: (
                <div className={styles.scroll}>
                  <Used environment={environment} />
                </div>
              ),
            },
          ]}
        />
      </div>
    </article>
  );
};
