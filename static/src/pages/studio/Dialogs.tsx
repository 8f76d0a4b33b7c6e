import { useState } from "react";
import { studio as words } from "@/text/studio";
import { Button, CodeDiff, Dialog, TextField } from "@/ui";
import styles from "./studio.module.css";

export interface SaveProps {
  readonly name: string;
  readonly version: number;
  readonly busy: boolean;
  readonly onSave: (note: string) => void;
  readonly onClose: () => void;
}

/** Asks what is new before a version is made. */
export const Save = ({ name, version, busy, onSave, onClose }: SaveProps) => {
  const [note, setNote] = useState("");
  return (
    <Dialog
      open
      size="small"
      onOpenChange={onClose}
      title={version === 1 ? words.saveFirst : words.saveTitle}
      description={words.saveText(name, version)}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button look="filled" type="submit" form="save-module" disabled={busy}>
            {words.save}
          </Button>
        </>
      }
    >
      <form
        id="save-module"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onSave(note.trim());
        }}
      >
        <TextField label={words.note} placeholder={words.notePlaceholder} value={note} onChange={setNote} />
      </form>
    </Dialog>
  );
};

export interface Newer {
  readonly version: number;
  readonly source: string;
}

/** Someone was quicker: shows what they saved beside what is here. */
export const Stale = ({
  newer,
  source,
  onKeep,
  onTake,
  onClose,
}: {
  readonly newer: Newer;
  readonly source: string;
  readonly onKeep: () => void;
  readonly onTake: () => void;
  readonly onClose: () => void;
}) => (
  <Dialog
    open
    size="large"
    onOpenChange={onClose}
    title={words.conflictTitle}
    description={words.conflictText(newer.version)}
    actions={
      <>
        <Button onClick={onTake}>{words.conflictTake}</Button>
        <Button look="filled" onClick={onKeep}>
          {words.conflictKeep}
        </Button>
      </>
    }
  >
    <div className={styles.diff}>
      <CodeDiff label={words.conflictDiff} before={newer.source} after={source} folded={words.folded} />
    </div>
  </Dialog>
);

/** An older version beside the text in the editor. */
export const Compare = ({
  version,
  before,
  after,
  onClose,
}: {
  readonly version: number;
  readonly before: string;
  readonly after: string;
  readonly onClose: () => void;
}) => (
  <Dialog open size="large" onOpenChange={onClose} title={words.compareTitle(version)}>
    <div className={styles.diff}>
      <CodeDiff label={words.compareTitle(version)} before={before} after={after} folded={words.folded} />
    </div>
  </Dialog>
);

/** What a conflict carries, if it is one. */
export const newerOf = (details: unknown): Newer | null => {
  if (typeof details !== "object" || details === null || !("current" in details)) return null;
  const { current } = details;
  if (typeof current !== "object" || current === null || !("version" in current) || !("source" in current))
    return null;
  const { version, source } = current;
  return typeof version === "number" && typeof source === "string" ? { version, source } : null;
};
