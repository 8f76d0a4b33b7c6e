import { useEffect, useId, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Search } from "lucide-react";
import styles from "./Picker.module.css";

export interface PickerProps<T> {
  readonly label: string;
  readonly placeholder: string;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly draw: (item: T) => ReactNode;
  /** With Shift the picker stays open. */
  readonly onPick: (item: T, stay: boolean) => void;
  readonly onClose: () => void;
  readonly none: string;
  /** A line above the list. */
  readonly note?: ReactNode;
}

/** A search field with a list under it: type, arrows, Enter. */
export const Picker = <T,>({
  label,
  placeholder,
  query,
  onQuery,
  items,
  keyOf,
  draw,
  onPick,
  onClose,
  none,
  note,
}: PickerProps<T>) => {
  const id = useId();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const active = Math.min(at, items.length - 1);

  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const step = (by: number) => {
    if (items.length > 0) setAt((active + by + items.length) % items.length);
  };
  return (
    <div className={styles.picker}>
      <div className={styles.search}>
        <Search aria-hidden="true" />
        <input
          className={styles.input}
          role="combobox"
          aria-label={label}
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={items.length > 0 ? `${id}-${String(active)}` : undefined}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={query}
          onChange={(event) => {
            onQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            switch (event.key) {
              case "ArrowDown":
                step(1);
                break;
              case "ArrowUp":
                step(-1);
                break;
              case "Escape":
                onClose();
                break;
              case "Enter": {
                const item = items[active];
                if (item !== undefined) onPick(item, event.shiftKey);
                break;
              }
              default:
                return;
            }
            event.preventDefault();
            event.stopPropagation();
          }}
        />
      </div>
      {note}
      <ul ref={list} id={`${id}-list`} role="listbox" aria-label={label} className={styles.list}>
        {items.map((item, index) => (
          <li
            key={keyOf(item)}
            id={`${id}-${String(index)}`}
            role="option"
            aria-selected={index === active}
            className={styles.item}
            onPointerMove={() => {
              setAt(index);
            }}
            onClick={(event) => {
              onPick(item, event.shiftKey);
            }}
          >
            {draw(item)}
          </li>
        ))}
        {items.length === 0 && <li className={styles.none}>{none}</li>}
      </ul>
    </div>
  );
};
