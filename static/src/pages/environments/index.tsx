import { Package, Plus, Search, Server } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { NavLink, useNavigate, useParams } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { useEnvironments } from "@/api/queries.environments";
import type { Environment } from "@/api/queries.environments";
import { useLiveEnvironments } from "@/live/hooks";
import { PageTitle } from "@/pages/frame/TopBar";
import { LiveBanner } from "@/pages/shared/LiveBanner";
import { environments as words } from "@/text/environments";
import { errors } from "@/text/errors";
import { Button, EmptyState, ErrorState, Spinner, StatusIcon, TextInput, classes, formatBytes } from "@/ui";
import { Create } from "./Create";
import { Detail, ServerDetail } from "./Detail";
import styles from "./environments.module.css";
import { DRAWN, titleOf } from "./status";

/** What the address calls the server's own Python. */
const SERVER = "server";

const addressOf = (environment: Environment): string =>
  `/environments/${encodeURIComponent(environment.names[0] ?? environment.id)}`;

const Row = ({ environment, here }: { readonly environment: Environment; readonly here: boolean }) => (
  <li>
    <NavLink to={addressOf(environment)} className={classes(styles.row, here && styles.here)}>
      {environment.status === "ready" ? (
        <Package aria-hidden="true" />
      ) : (
        <StatusIcon
          status={DRAWN[environment.status]}
          progress={environment.progress}
          label={words.status[environment.status]}
        />
      )}
      <span className={styles.rowTitle}>{titleOf(environment)}</span>
      <span className={styles.rowSize}>{environment.size > 0 ? formatBytes(environment.size) : ""}</span>
      <span className={styles.rowFacts}>
        {environment.status === "ready"
          ? [
              environment.python_version === "" ? "" : words.python(environment.python_version),
              environment.packages == null ? "" : words.packages(environment.packages),
            ]
              .filter((fact) => fact !== "")
              .join(" · ")
          : environment.progress_text === ""
            ? words.status[environment.status]
            : environment.progress_text}
      </span>
    </NavLink>
  </li>
);

/** The software that steps run in: what is there, how its build goes, and a way to name a new one. */
export const Component = () => {
  useLiveEnvironments();
  const { reference } = useParams();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [creating, setCreating] = useState(false);
  const q = useDeferredValue(typed.trim());
  const list = useEnvironments(q);
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const server = list.data?.pages[0]?.server;
  const chosen = items.find((one) => one.id === reference || one.names.includes(reference ?? ""));
  const shown = reference ?? (items[0] ? (items[0].names[0] ?? items[0].id) : SERVER);
  return (
    <div className={classes(styles.page, reference !== undefined && styles.open)}>
      <PageTitle
        title={words.title}
        actions={
          <Button
            look="filled"
            icon={<Plus />}
            onClick={() => {
              setCreating(true);
            }}
          >
            {words.create}
          </Button>
        }
      />
      <nav className={styles.list} aria-label={words.list}>
        <div className={styles.search}>
          <TextInput
            icon={<Search />}
            value={typed}
            onChange={setTyped}
            placeholder={words.search}
            aria-label={words.search}
          />
        </div>
        {list.error !== null && list.data === undefined ? (
          <ErrorState
            message={words.failed}
            cause={messageOf(list.error)}
            cure={isApiError(list.error) ? list.error.cure : undefined}
            action={<Button onClick={() => void list.refetch()}>{errors.retry}</Button>}
          />
        ) : list.data === undefined ? (
          <Spinner label={words.title} />
        ) : (
          <>
            <ul className={styles.rows}>
              {server && q === "" && (
                <li>
                  <NavLink
                    to={`/environments/${SERVER}`}
                    className={classes(styles.row, shown === SERVER && styles.here)}
                  >
                    <Server aria-hidden="true" />
                    <span className={styles.rowTitle}>{words.server}</span>
                    <span className={styles.rowSize} />
                    <span className={styles.rowFacts}>
                      {words.python(server.python_version)} ·{" "}
                      {words.packages(Object.keys(server.packages).length)}
                    </span>
                  </NavLink>
                </li>
              )}
              {items.map((environment) => (
                <Row
                  key={environment.id}
                  environment={environment}
                  here={environment === chosen || (reference === undefined && environment === items[0])}
                />
              ))}
            </ul>
            {items.length === 0 && q !== "" && <p className={styles.note}>{words.noMatch(q)}</p>}
            {items.length === 0 && q === "" && <p className={styles.note}>{words.noneText}</p>}
          </>
        )}
        {list.hasNextPage && (
          <Button look="quiet" onClick={() => void list.fetchNextPage()}>
            {words.more}
          </Button>
        )}
      </nav>
      <section className={styles.main} aria-label={words.choose}>
        {shown === SERVER ? (
          server ? (
            <ServerDetail server={server} />
          ) : list.data === undefined ? null : (
            <EmptyState picture={<Package />} title={words.none} text={words.noneText} />
          )
        ) : (
          <Detail key={shown} reference={shown} />
        )}
      </section>
      {creating && (
        <Create
          onClose={() => {
            setCreating(false);
          }}
          onCreated={(name) => {
            setCreating(false);
            void navigate(`/environments/${encodeURIComponent(name)}`);
          }}
        />
      )}
      <LiveBanner />
    </div>
  );
};
