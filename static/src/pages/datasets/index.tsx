import { useQueryClient } from "@tanstack/react-query";
import { Database, Search, Upload as UploadIcon } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { NavLink, useNavigate, useParams } from "react-router";
import { useStore } from "zustand";
import { isApiError, messageOf } from "@/api/errors";
import { datasetKeys, useDatasets } from "@/api/queries.datasets";
import { useSystem } from "@/api/queries.previews";
import type { Dataset } from "@/api/types";
import { useLiveDatasets } from "@/live/hooks";
import { PageTitle } from "@/pages/frame/TopBar";
import { FileDrop, useFileChooser } from "@/pages/shared/FileDrop";
import { LiveBanner } from "@/pages/shared/LiveBanner";
import { iso } from "@/pages/shared/Status";
import { datasets as words } from "@/text/datasets";
import { errors } from "@/text/errors";
import {
  Button,
  EmptyState,
  ErrorState,
  RelativeTime,
  Spinner,
  StatusIcon,
  TextInput,
  classes,
  formatBytes,
  formatShape,
  toast,
} from "@/ui";
import { Detail } from "./Detail";
import styles from "./datasets.module.css";
import { upload, uploads } from "./uploading";
import { Uploads } from "./Uploads";

const Row = ({ dataset, here }: { readonly dataset: Dataset; readonly here: boolean }) => {
  const { latest } = dataset;
  return (
    <li>
      <NavLink to={`/datasets/${dataset.id}`} className={classes(styles.row, here && styles.here)}>
        {latest.status === "ready" ? (
          <Database aria-hidden="true" />
        ) : (
          <StatusIcon
            status={latest.status === "failed" ? "failed" : "running"}
            label={words.status[latest.status]}
          />
        )}
        <span className={styles.rowTitle}>{dataset.title}</span>
        <span className={styles.rowShape}>
          {latest.rows != null
            ? formatShape(latest.rows, latest.columns.length)
            : formatBytes(latest.file_size)}
        </span>
        <span className={styles.rowFacts}>
          {latest.status === "ready" ? dataset.name : words.status[latest.status]}
        </span>
        <span className={styles.rowTime}>
          {dataset.sample ? words.sample : <RelativeTime time={iso(dataset.updated)} />}
        </span>
      </NavLink>
    </li>
  );
};

export const Component = () => {
  useLiveDatasets();
  const { id } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const q = useDeferredValue(typed.trim());
  const list = useDatasets(q);
  const limit = useSystem().data?.upload_limit;
  const sending = useStore(uploads, (state) => state.items.length);
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  // Without a choice the first is shown, and stays when the order changes.
  const [first, setFirst] = useState<string | undefined>(undefined);
  const present = items.find((one) => one.id === first)?.id ?? items[0]?.id;
  if (first === undefined && present !== undefined) setFirst(present);
  const shown = id ?? present;

  const take = (files: readonly File[], dataset?: string): void => {
    upload(
      files,
      (added) => {
        client.setQueryData(datasetKeys.one(added.id), added);
        void client.invalidateQueries({ queryKey: datasetKeys.lists });
        if (files.length === 1) void navigate(`/datasets/${added.id}`);
        else toast({ text: words.uploading.done(added.title), seconds: 3 });
      },
      {
        ...(dataset === undefined ? {} : { dataset }),
        ...(limit === undefined ? {} : { limit }),
        tooLarge: limit === undefined ? "" : words.uploading.tooLarge(formatBytes(limit)),
      },
    );
  };
  const choose = useFileChooser({ multiple: true, onFiles: take });

  return (
    <div className={classes(styles.page, id !== undefined && styles.open)}>
      <PageTitle
        title={words.title}
        actions={
          <Button look="filled" icon={<UploadIcon />} onClick={choose}>
            {words.upload}
          </Button>
        }
      />
      <FileDrop
        label={words.drop}
        onFiles={(files) => {
          take(files);
        }}
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
        <Uploads />
        {list.error !== null && list.data === undefined ? (
          <ErrorState
            message={words.failed}
            cause={messageOf(list.error)}
            cure={isApiError(list.error) ? list.error.cure : undefined}
            action={<Button onClick={() => void list.refetch()}>{errors.retry}</Button>}
          />
        ) : list.data === undefined ? (
          <Spinner label={words.title} />
        ) : items.length === 0 && q !== "" ? (
          <p className={styles.note}>{words.noMatch(q)}</p>
        ) : (
          <ul className={styles.rows}>
            {items.map((dataset) => (
              <Row key={dataset.id} dataset={dataset} here={dataset.id === shown} />
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <Button look="quiet" onClick={() => void list.fetchNextPage()}>
            {words.more}
          </Button>
        )}
      </nav>
      <section className={styles.main} aria-label={words.choose}>
        {shown !== undefined ? (
          <Detail
            key={shown}
            id={shown}
            onUpload={(files, dataset) => {
              take(files, dataset);
            }}
          />
        ) : list.data !== undefined && sending === 0 ? (
          <EmptyState
            picture={<Database />}
            title={words.none}
            text={words.noneText}
            action={
              <Button icon={<UploadIcon />} onClick={choose}>
                {words.upload}
              </Button>
            }
          />
        ) : null}
      </section>
      <LiveBanner />
    </div>
  );
};
