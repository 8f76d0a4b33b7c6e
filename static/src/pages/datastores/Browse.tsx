import { useQueryClient } from "@tanstack/react-query";
import {
  ChevronRight,
  Database,
  Download,
  File as FileIcon,
  Folder,
  Search,
  Table2,
  Upload,
} from "lucide-react";
import { Fragment, useDeferredValue, useState } from "react";
import { isApiError, messageOf } from "@/api/errors";
import {
  datastoreKeys,
  fileAddress,
  registerDataset,
  uploadFile,
  useEntries,
} from "@/api/queries.datastores";
import type { Datastore, StoreEntry } from "@/api/queries.datastores";
import { FileDrop, useFileChooser } from "@/pages/shared/FileDrop";
import { toastError } from "@/pages/shared/openPipeline";
import { iso } from "@/pages/shared/Status";
import { datastores as words } from "@/text/datastores";
import { errors } from "@/text/errors";
import {
  Button,
  Dialog,
  EmptyState,
  ErrorState,
  IconButton,
  RelativeTime,
  Spinner,
  TextInput,
  formatBytes,
  toast,
} from "@/ui";
import styles from "./datastores.module.css";

const READABLE =
  /\.(csv|txt|tsv|tab|parquet|pq|jsonl|ndjson|json|xlsx|xlsm|xlsb|xls|ods|arrow|feather|ipc)$/i;

const Crumbs = ({ path, onOpen }: { readonly path: string; readonly onOpen: (path: string) => void }) => {
  const parts = path === "" ? [] : path.split("/");
  return (
    <nav className={styles.crumbs} aria-label={words.path}>
      <button
        type="button"
        onClick={() => {
          onOpen("");
        }}
      >
        {words.root}
      </button>
      {parts.map((part, at) => {
        const whole = parts.slice(0, at + 1).join("/");
        return (
          <Fragment key={whole}>
            <ChevronRight aria-hidden="true" />
            <button
              type="button"
              aria-current={at === parts.length - 1 ? "location" : undefined}
              onClick={() => {
                onOpen(whole);
              }}
            >
              {part}
            </button>
          </Fragment>
        );
      })}
    </nav>
  );
};

const Row = ({
  datastore,
  entry,
  onOpen,
}: {
  readonly datastore: Datastore;
  readonly entry: StoreEntry;
  readonly onOpen: (path: string) => void;
}) => {
  const Icon = datastore.tables ? Table2 : entry.folder ? Folder : FileIcon;
  return (
    <tr>
      <td className={styles.name}>
        <Icon aria-hidden="true" data-folder={entry.folder} />
        {entry.folder ? (
          <button
            type="button"
            title={entry.name}
            onClick={() => {
              onOpen(entry.path);
            }}
          >
            {entry.name}
          </button>
        ) : (
          <span title={entry.name}>{entry.name}</span>
        )}
      </td>
      <td className={styles.number}>{entry.size == null ? "" : formatBytes(entry.size)}</td>
      <td className={styles.when}>
        {entry.changed == null ? "" : <RelativeTime time={iso(entry.changed)} />}
      </td>
      <td className={styles.does}>
        {!entry.folder && !datastore.tables && (
          <>
            {READABLE.test(entry.name) && (
              <IconButton
                small
                label={`${words.asDataset}: ${entry.name}`}
                onClick={() => {
                  registerDataset(datastore.name, entry.path)
                    .then((made) => {
                      toast({ text: words.registered(made.title) });
                    })
                    .catch(toastError);
                }}
              >
                <Database />
              </IconButton>
            )}
            <a
              className={styles.icon}
              href={fileAddress(datastore.name, entry.path)}
              download={entry.name}
              aria-label={words.download(entry.name)}
              title={words.download(entry.name)}
            >
              <Download />
            </a>
          </>
        )}
      </td>
    </tr>
  );
};

/** What lies on a datastore: folder by folder, with uploads and downloads. */
export const Browse = ({ datastore }: { readonly datastore: Datastore }) => {
  const client = useQueryClient();
  const [path, setPath] = useState("");
  const [typed, setTyped] = useState("");
  const [going, setGoing] = useState<{ readonly name: string; readonly share: number } | null>(null);
  const [there, setThere] = useState<File | null>(null);
  const q = useDeferredValue(typed.trim());
  const found = useEntries(datastore.name, path, q);
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  const total = found.data?.pages[0]?.total ?? 0;
  const canWrite = datastore.writable && !datastore.tables;
  const open = (next: string): void => {
    setTyped("");
    setPath(next);
  };
  const send = async (file: File, overwrite: boolean): Promise<void> => {
    setGoing({ name: file.name, share: 0 });
    try {
      await uploadFile(
        datastore.name,
        path === "" ? file.name : `${path}/${file.name}`,
        file,
        overwrite,
        (share) => {
          setGoing({ name: file.name, share });
        },
      );
      toast({ text: words.uploaded(file.name) });
      await client.invalidateQueries({
        queryKey: datastoreKeys.entries(datastore.name, path, "").slice(0, 3),
      });
    } catch (error) {
      if (isApiError(error) && error.status === 409) setThere(file);
      else toastError(error);
    } finally {
      setGoing(null);
    }
  };
  const sendAll = (files: readonly File[]): void => {
    void files.reduce((before, file) => before.then(() => send(file, false)), Promise.resolve());
  };
  const choose = useFileChooser({ multiple: true, onFiles: sendAll });
  return (
    <div className={styles.browse}>
      <div className={styles.bar}>
        {datastore.tables ? <span className={styles.gap} /> : <Crumbs path={path} onOpen={open} />}
        {found.data !== undefined && (
          <span className={styles.count} role="status">
            {words.entries(total)}
          </span>
        )}
        <TextInput
          icon={<Search />}
          value={typed}
          onChange={setTyped}
          placeholder={words.filter}
          aria-label={words.filter}
        />
        {canWrite && (
          <Button size="small" icon={<Upload />} disabled={going !== null} onClick={choose}>
            {words.upload}
          </Button>
        )}
      </div>
      {going !== null && (
        <div className={styles.going}>
          <span role="status">{words.uploading(going.name, going.share)}</span>
          <progress max={1} value={going.share} aria-label={going.name} />
        </div>
      )}
      {found.error !== null && found.data === undefined ? (
        <ErrorState
          message={words.folderFailed}
          cause={messageOf(found.error)}
          cure={isApiError(found.error) ? found.error.cure : undefined}
          action={<Button onClick={() => void found.refetch()}>{errors.retry}</Button>}
        />
      ) : found.data === undefined ? (
        <Spinner label={words.path} />
      ) : items.length === 0 ? (
        <EmptyState
          picture={<Folder />}
          title={q === "" ? (canWrite ? words.emptyFolderWritable : words.emptyFolder) : words.noMatch(q)}
        />
      ) : (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th>{words.name}</th>
                <th className={styles.number}>{datastore.tables ? "" : words.size}</th>
                <th>{datastore.tables ? "" : words.changed}</th>
                <th />
              </tr>
            </thead>
            <tbody>
              {items.map((entry) => (
                <Row key={entry.path} datastore={datastore} entry={entry} onOpen={open} />
              ))}
            </tbody>
          </table>
          {found.hasNextPage && (
            <Button
              look="quiet"
              disabled={found.isFetchingNextPage}
              onClick={() => void found.fetchNextPage()}
            >
              {words.more}
            </Button>
          )}
        </div>
      )}
      {canWrite && <FileDrop label={words.drop} onFiles={sendAll} />}
      {there !== null && (
        <Dialog
          open
          size="small"
          onOpenChange={() => {
            setThere(null);
          }}
          title={words.thereTitle(there.name)}
          actions={
            <>
              <Button
                onClick={() => {
                  setThere(null);
                }}
              >
                {words.cancel}
              </Button>
              <Button
                look="danger"
                onClick={() => {
                  setThere(null);
                  void send(there, true);
                }}
              >
                {words.replace}
              </Button>
            </>
          }
        >
          <p>{words.thereText}</p>
        </Dialog>
      )}
    </div>
  );
};
