import { useEffect, useEffectEvent, useRef, useState } from "react";
import { classes } from "./classes";
import type { CodeMark, CodeView, CodeWord } from "./codemirror";
import styles from "./CodeEditor.module.css";

export type { CodeMark, CodeWord } from "./codemirror";

const NO_WORDS: readonly CodeWord[] = [];
const NO_MARKS: readonly CodeMark[] = [];

/** What a page can do with an open editor. */
export interface CodeHandle {
  readonly go: (line: number) => void;
  readonly focus: () => void;
}

export interface CodeEditorProps {
  /** The accessible name. */
  readonly label: string;
  readonly value: string;
  /** Told at each change; without it the text can only be read. */
  readonly onChange?: (value: string) => void;
  /** `python`, `sql`, `json`; anything else is plain text. */
  readonly language?: string;
  readonly autoFocus?: boolean;
  /** Fills its parent instead of growing with its text. */
  readonly fill?: boolean;
  readonly invalid?: boolean;
  readonly describedBy?: string | undefined;
  /** Shown while there is no text. */
  readonly placeholder?: string;
  /** Words that are offered beside those of the language. Keep the list the same: with another one the editor opens anew. */
  readonly words?: readonly CodeWord[];
  /** What there is to say about lines. */
  readonly marks?: readonly CodeMark[];
  readonly handle?: { current: CodeHandle | null };
}

/** Code in its colours. The editor is fetched when the first one is drawn; until then the text stands plain. */
export const CodeEditor = ({
  label,
  value,
  onChange,
  language = "text",
  autoFocus = false,
  fill = false,
  invalid = false,
  describedBy,
  placeholder = "",
  words = NO_WORDS,
  marks = NO_MARKS,
  handle,
}: CodeEditorProps) => {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<CodeView | null>(null);
  const [ready, setReady] = useState(false);
  const readOnly = onChange === undefined;
  const changed = useEffectEvent((next: string) => {
    onChange?.(next);
  });
  const first = useEffectEvent(() => ({ value, autoFocus }));

  useEffect(() => {
    let gone = false;
    void import("./codemirror").then(({ openCode }) => {
      if (gone || !host.current) return;
      const { value: text, autoFocus: focus } = first();
      view.current = openCode(host.current, {
        text,
        label,
        language,
        readOnly,
        placeholder,
        words,
        onChange: changed,
      });
      if (focus) view.current.focus();
      if (handle) handle.current = view.current;
      setReady(true);
    });
    return () => {
      gone = true;
      view.current?.close();
      view.current = null;
      if (handle) handle.current = null;
      setReady(false);
    };
  }, [label, language, readOnly, placeholder, words, handle]);

  useEffect(() => {
    view.current?.show(value);
  }, [value]);

  useEffect(() => {
    if (ready) view.current?.mark(marks);
  }, [ready, marks]);

  return (
    <div
      className={classes(
        styles.editor,
        fill && styles.fill,
        invalid && styles.invalid,
        readOnly && styles.readOnly,
      )}
      aria-describedby={describedBy}
    >
      <div ref={host} className={styles.host} />
      {!ready && <pre className={styles.plain}>{value}</pre>}
    </div>
  );
};
