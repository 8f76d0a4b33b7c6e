import { StickyNote } from "lucide-react";
import { writeNote } from "@/commands/acts/entries";
import type { Note } from "@/graph/document";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { TextArea } from "@/ui";
import { Frame } from "./Frame";
import styles from "./Inspector.module.css";

export interface NoteInspectorProps {
  readonly note: Note;
  readonly onClose: () => void;
}

/** One note: its text, with more room than on the canvas. */
export const NoteInspector = ({ note, onClose }: NoteInspectorProps) => {
  const session = useSession();
  return (
    <Frame
      icon={
        <span className={styles.pipelineIcon} aria-hidden="true">
          <StickyNote />
        </span>
      }
      title={<h2 className={styles.name}>{text.editor.note}</h2>}
      onClose={onClose}
    >
      <div className={styles.scroll}>
        <TextArea
          aria-label={text.editor.note}
          rows={10}
          value={note.text}
          disabled={session.readOnly}
          onChange={(written) => {
            writeNote(session, note.id, written);
          }}
        />
      </div>
    </Frame>
  );
};
