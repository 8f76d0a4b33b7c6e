import { createElement } from "react";
import { isApiError, messageOf } from "@/api/errors";
import { usePreview } from "@/api/queries.previews";
import { useLivePreview } from "@/live/hooks";
import { errors } from "@/text/errors";
import { previews } from "@/text/previews";
import { Button, ErrorState, Spinner } from "@/ui";
import styles from "./panel.module.css";
import { viewerOf } from "./registry";

export interface PreviewPanelProps {
  /** Of the artifact. */
  readonly digest: string;
}

/** A look at an artifact, in the viewer made for its kind. */
export const PreviewPanel = ({ digest }: PreviewPanelProps) => {
  const preview = usePreview(digest);
  const pending = preview.data?.status === "pending";
  useLivePreview(pending ? digest : null);
  if (preview.error !== null && preview.data === undefined)
    return (
      <ErrorState
        message={previews.failed}
        cause={messageOf(preview.error)}
        cure={isApiError(preview.error) ? preview.error.cure : undefined}
        action={<Button onClick={() => void preview.refetch()}>{errors.retry}</Button>}
      />
    );
  if (preview.data === undefined) return <Spinner label={previews.preview} />;
  const { status, content, error } = preview.data;
  if (status === "failed")
    return <ErrorState message={previews.failed} cause={error?.message} cure={error?.cure} />;
  if (content === null || pending)
    return (
      <div className={styles.pending} role="status">
        <div className={styles.ghost} aria-hidden="true">
          {Array.from({ length: 30 }, (_, at) => (
            <i key={at} />
          ))}
        </div>
        <p>{previews.pending}</p>
        <p className={styles.faint}>{previews.pendingText}</p>
      </div>
    );
  return <div className={styles.panel}>{createElement(viewerOf(content), { content })}</div>;
};
