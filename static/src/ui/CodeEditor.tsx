import { useEffect, useEffectEvent, useRef, useState } from "react";
import { classes } from "./classes";
import type { CodeView } from "./codemirror";
import styles from "./CodeEditor.module.css";

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
        onChange: changed,
      });
      if (focus) view.current.focus();
      setReady(true);
    });
    return () => {
      gone = true;
      view.current?.close();
      view.current = null;
      setReady(false);
    };
  }, [label, language, readOnly, placeholder]);

  useEffect(() => {
    view.current?.show(value);
  }, [value]);

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
