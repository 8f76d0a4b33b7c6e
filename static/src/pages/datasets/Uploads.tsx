import { FileUp, RotateCw, X } from "lucide-react";
import { useStore } from "zustand";
import { datasets } from "@/text/datasets";
import { Button, IconButton, formatBytes, formatDuration } from "@/ui";
import styles from "./datasets.module.css";
import { forget, retry, uploads } from "./uploading";
import type { Upload } from "./uploading";

const words = datasets.uploading;

const facts = (one: Upload): string => {
  if (one.state === "waiting") return `${formatBytes(one.file.size)} · ${words.waiting}`;
  if (one.sent >= one.file.size) return words.checking;
  const progress = words.progress(formatBytes(one.sent), formatBytes(one.file.size));
  if (one.speed === null || one.speed <= 0) return progress;
  const left = (one.file.size - one.sent) / one.speed;
  return `${progress} · ${words.speed(formatBytes(one.speed))} · ${words.left(formatDuration(Math.max(1, left)))}`;
};

/** What is on its way up, with how far, how fast and a way to stop. */
export const Uploads = () => {
  const items = useStore(uploads, (state) => state.items);
  if (items.length === 0) return null;
  return (
    <ul className={styles.uploads} aria-label={words.region}>
      {items.map((one) => (
        <li key={one.id} data-state={one.state}>
          <FileUp aria-hidden="true" />
          <div>
            <span className={styles.uploadName} title={one.file.name}>
              {one.file.name}
            </span>
            {one.state === "failed" ? (
              <p className={styles.uploadError} role="alert">
                {one.error} {one.cure}
              </p>
            ) : (
              <>
                <progress
                  max={1}
                  value={one.file.size === 0 ? 0 : one.sent / one.file.size}
                  aria-label={one.file.name}
                />
                <span className={styles.uploadFacts}>{facts(one)}</span>
              </>
            )}
            {one.state === "failed" && (
              <Button
                size="small"
                look="quiet"
                icon={<RotateCw />}
                onClick={() => {
                  retry(one.id);
                }}
              >
                {words.retry}
              </Button>
            )}
          </div>
          <IconButton
            small
            label={one.state === "failed" ? words.dismiss(one.file.name) : words.cancel(one.file.name)}
            onClick={() => {
              forget(one.id);
            }}
          >
            <X />
          </IconButton>
        </li>
      ))}
    </ul>
  );
};
