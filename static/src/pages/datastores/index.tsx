import { useQueryClient } from "@tanstack/react-query";
import {
  Cloud,
  Database,
  Ellipsis,
  Folder,
  Globe,
  HardDrive,
  Plug,
  Plus,
  Server,
  Star,
  Trash2,
} from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { useState } from "react";
import { Link, NavLink, useNavigate, useParams } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import {
  changeDatastore,
  datastoreKeys,
  tryDatastore,
  unregisterDatastore,
  useDatastore,
  useDatastores,
} from "@/api/queries.datastores";
import type { Datastore, DatastoreKind, Tried } from "@/api/queries.datastores";
import { PageTitle } from "@/pages/frame/TopBar";
import { toastError } from "@/pages/shared/openPipeline";
import { datastores as words } from "@/text/datastores";
import { errors } from "@/text/errors";
import { Button, Dialog, EmptyState, ErrorState, IconButton, Menu, Spinner, classes, toast } from "@/ui";
import { Browse } from "./Browse";
import { Form, Outcome } from "./Form";
import styles from "./datastores.module.css";

const ICONS: Readonly<Record<string, LucideIcon>> = {
  local: Folder,
  s3: Cloud,
  azure: Cloud,
  sftp: Server,
  http: Globe,
  sql: Database,
};

const KindIcon = ({ kind }: { readonly kind: string }) => {
  const Icon = ICONS[kind] ?? HardDrive;
  return <Icon aria-hidden="true" />;
};

const Used = ({ name }: { readonly name: string }) => {
  const users = useDatastore(name).data?.used_by ?? [];
  if (users.length === 0) return null;
  return (
    <p className={styles.line}>
      {words.usedBy}
      {users.slice(0, 6).map((one) => (
        <Link key={one["id"]} to={`/${one["what"] ?? "pipeline"}s/${one["id"] ?? ""}`}>
          {one["name"]}
        </Link>
      ))}
    </p>
  );
};

const Detail = ({
  datastore,
  kinds,
}: {
  readonly datastore: Datastore;
  readonly kinds: readonly DatastoreKind[];
}) => {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [editing, setEditing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState<Tried | null>(null);
  const renew = () => client.invalidateQueries({ queryKey: datastoreKeys.all });
  return (
    <article className={styles.detail}>
      <header className={styles.head}>
        <KindIcon kind={datastore.kind} />
        <div>
          <h2>{datastore.name}</h2>
          <p className={styles.line}>
            <span>{datastore.title}</span>
            <span className={styles.place}>{datastore.place}</span>
            {datastore.default && <span className={styles.chip}>{words.isDefault}</span>}
          </p>
          {datastore.description !== "" && <p className={styles.line}>{datastore.description}</p>}
          <Used name={datastore.name} />
        </div>
        <div className={styles.actions}>
          <Button
            size="small"
            icon={<Plug />}
            disabled={busy}
            onClick={() => {
              setBusy(true);
              setTried(null);
              tryDatastore({ name: datastore.name })
                .then(setTried)
                .catch(toastError)
                .finally(() => {
                  setBusy(false);
                });
            }}
          >
            {busy ? words.testing : words.test}
          </Button>
          <Button
            size="small"
            onClick={() => {
              setEditing(true);
            }}
          >
            {words.edit}
          </Button>
          <Menu
            align="end"
            trigger={
              <IconButton small label={datastore.name}>
                <Ellipsis />
              </IconButton>
            }
            items={[
              {
                kind: "item",
                id: "default",
                label: words.makeDefault,
                icon: <Star />,
                disabled: datastore.default,
                onSelect: () => {
                  changeDatastore(datastore.name, { default: true }).then(renew).catch(toastError);
                },
              },
              {
                kind: "item",
                id: "remove",
                label: words.remove,
                icon: <Trash2 />,
                danger: true,
                onSelect: () => {
                  setRemoving(true);
                },
              },
            ]}
          />
        </div>
      </header>
      {tried !== null && (
        <div className={styles.tried}>
          <Outcome tried={tried} />
        </div>
      )}
      <Browse datastore={datastore} />
      {editing && (
        <Form
          kinds={kinds}
          datastore={datastore}
          onClose={() => {
            setEditing(false);
          }}
          onSaved={() => {
            setEditing(false);
          }}
        />
      )}
      {removing && (
        <Dialog
          open
          size="small"
          onOpenChange={setRemoving}
          title={words.removeTitle(datastore.name)}
          actions={
            <>
              <Button
                onClick={() => {
                  setRemoving(false);
                }}
              >
                {words.cancel}
              </Button>
              <Button
                look="danger"
                onClick={() => {
                  setRemoving(false);
                  unregisterDatastore(datastore.name)
                    .then(async () => {
                      toast({ text: words.removed(datastore.name) });
                      await navigate("/datastores");
                      await renew();
                    })
                    .catch(toastError);
                }}
              >
                {words.remove}
              </Button>
            </>
          }
        >
          <p>{words.removeText}</p>
        </Dialog>
      )}
    </article>
  );
};

/** Places outside for files and tables: which there are, whether they work, and what lies there. */
export const Component = () => {
  const { name } = useParams();
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const list = useDatastores();
  const items = list.data?.items ?? [];
  const kinds = list.data?.kinds ?? [];
  const shown = items.find((one) => one.name === name) ?? (name === undefined ? items[0] : undefined);
  const add = (
    <Button
      look="filled"
      icon={<Plus />}
      onClick={() => {
        setCreating(true);
      }}
    >
      {words.create}
    </Button>
  );
  return (
    <div
      className={classes(styles.page, name !== undefined && styles.open, items.length === 0 && styles.bare)}
    >
      <PageTitle title={words.title} {...(items.length > 0 ? { actions: add } : {})} />
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
        <EmptyState picture={<HardDrive />} title={words.none} text={words.noneText} action={add} />
      ) : (
        <>
          <nav className={styles.list} aria-label={words.list}>
            <ul className={styles.rows}>
              {items.map((one) => (
                <li key={one.name}>
                  <NavLink
                    to={`/datastores/${one.name}`}
                    className={classes(styles.row, one === shown && styles.here)}
                  >
                    <KindIcon kind={one.kind} />
                    <span className={styles.rowTitle}>{one.name}</span>
                    <span className={styles.rowMark}>{one.default ? words.isDefault : ""}</span>
                    <span className={styles.rowFacts}>
                      {one.title} · {one.place}
                    </span>
                  </NavLink>
                </li>
              ))}
            </ul>
          </nav>
          <section className={styles.main} aria-label={words.choose}>
            {shown === undefined ? (
              <EmptyState picture={<HardDrive />} title={words.notFound} />
            ) : (
              <Detail key={`${shown.name} ${String(shown.updated)}`} datastore={shown} kinds={kinds} />
            )}
          </section>
        </>
      )}
      {creating && (
        <Form
          kinds={kinds}
          onClose={() => {
            setCreating(false);
          }}
          onSaved={(made) => {
            setCreating(false);
            void navigate(`/datastores/${made}`);
          }}
        />
      )}
    </div>
  );
};
