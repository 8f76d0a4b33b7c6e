import type { Node, NodeProps } from "@xyflow/react";
import { memo, useState } from "react";
import { writeNote } from "@/commands/acts/entries";
import { useDocument, useSelection, useSession, useView } from "@/state/session";
import { text } from "@/text";
import { Markdown } from "@/ui/markdown";
import styles from "./Note.module.css";

export type NoteNode = Node<Record<string, never>, "note">;

const Body = memo(({ id }: { readonly id: string }) => {
  const session = useSession();
  const note = useDocument((document) => document.notes.find((one) => one.id === id));
  const selected = useSelection((selection) => selection.notes.has(id));
  const editing = useView((view) => view.editingNote === id);
  const [typed, setTyped] = useState<string | null>(null);
  if (!note) return null;
  const done = (keep: boolean) => {
    if (keep && typed !== null) writeNote(session, id, typed);
    setTyped(null);
    session.view.setState({ editingNote: null });
  };
  return (
    <div className={styles.note} data-selected={selected || undefined} data-note={id}>
      {editing ? (
        <textarea
          className={styles.area}
          aria-label={text.editor.note}
          autoFocus
          value={typed ?? note.text}
          onChange={(event) => {
            setTyped(event.target.value);
          }}
          onBlur={() => {
            done(true);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey)))
              done(true);
            event.stopPropagation();
          }}
        />
      ) : (
        <div className={styles.text}>
          {note.text === "" ? (
            <span className={styles.empty}>{text.editor.notePlaceholder}</span>
          ) : (
            <Markdown text={note.text} />
          )}
        </div>
      )}
      <span className={styles.corner} />
    </div>
  );
});
Body.displayName = "Body";

/** A note on the canvas. */
export const NoteCard = ({ id }: NodeProps<NoteNode>) => <Body id={id.slice("note:".length)} />;
