import { useEffect, useId, useRef } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import type { KnownColumn } from "@/graph/columns";
import { text } from "@/text";
import { classes } from "@/ui";
import { TypeMark } from "./TypeMark";
import { mark, neighbour } from "./picking";
import type { Marks } from "./picking";
import styles from "./columns.module.css";

export interface NameListProps {
  readonly label: string;
  readonly names: readonly string[];
  /** What is known of each name; a name that is not here is not in the data. */
  readonly columns: ReadonlyMap<string, KnownColumn> | null;
  readonly marks: Marks;
  readonly onMarks: (marks: Marks) => void;
  /** Takes the marked names to the other side. */
  readonly onTake: (names: ReadonlySet<string>) => void;
  /** Moves the marked names within the list. */
  readonly onShift?: (by: 1 | -1) => void;
  readonly empty: ReactNode;
}

const wayOf = (event: {
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}) => (event.shiftKey ? "range" : event.ctrlKey || event.metaKey ? "toggle" : "only");

/** Column names of which several can be marked, by mouse and by keyboard. */
export const NameList = ({
  label,
  names,
  columns,
  marks,
  onMarks,
  onTake,
  onShift,
  empty,
}: NameListProps) => {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = marks.cursor === null ? -1 : names.indexOf(marks.cursor);
  useEffect(() => {
    if (at >= 0) list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const press = (event: KeyboardEvent) => {
    const go = (name: string | undefined) => {
      event.preventDefault();
      if (name !== undefined) onMarks(mark(marks, names, name, event.shiftKey ? "range" : "only"));
    };
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        const by = event.key === "ArrowDown" ? 1 : -1;
        if (event.altKey && onShift) {
          event.preventDefault();
          onShift(by);
        } else {
          go(neighbour(marks, names, by));
        }
        break;
      }
      case "PageDown":
      case "PageUp":
        go(neighbour(marks, names, event.key === "PageDown" ? 10 : -10));
        break;
      case "Home":
        go(names[0]);
        break;
      case "End":
        go(names.at(-1));
        break;
      case "Enter":
      case " ":
        event.preventDefault();
        if (marks.marked.size > 0) onTake(marks.marked);
        break;
      case "a":
      case "A":
        if (!event.ctrlKey && !event.metaKey) break;
        event.preventDefault();
        onMarks({ marked: new Set(names), anchor: names[0] ?? null, cursor: names.at(-1) ?? null });
        break;
      default:
    }
  };

  return (
    <div className={styles.listBox}>
      <div
        ref={list}
        role="listbox"
        tabIndex={0}
        aria-label={label}
        aria-multiselectable="true"
        aria-activedescendant={at >= 0 ? `${id}-${String(at)}` : undefined}
        className={styles.list}
        onKeyDown={press}
      >
        {names.map((name, index) => {
          const column = columns?.get(name);
          const missing = columns !== null && column === undefined;
          return (
            <div
              key={name}
              id={`${id}-${String(index)}`}
              role="option"
              aria-selected={marks.marked.has(name)}
              className={classes(
                styles.name,
                missing && styles.missing,
                name === marks.cursor && styles.cursor,
              )}
              onClick={(event) => {
                onMarks(mark(marks, names, name, wayOf(event)));
              }}
              onDoubleClick={() => {
                onTake(new Set([name]));
              }}
            >
              {columns !== null && <TypeMark column={column} />}
              <span className={styles.nameText}>{name}</span>
              <span className={styles.type}>{missing ? text.inspector.columns.missing : column?.type}</span>
            </div>
          );
        })}
      </div>
      {names.length === 0 && <div className={styles.listEmpty}>{empty}</div>}
    </div>
  );
};
