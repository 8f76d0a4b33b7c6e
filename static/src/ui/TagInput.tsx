import { X } from "lucide-react";
import { useId, useRef, useState } from "react";
import type { ReactNode } from "react";
import { classes } from "./classes";
import { Suggestions, matchingOptions } from "./Suggestions";
import type { Suggestion } from "./Suggestions";
import styles from "./TagInput.module.css";

export interface TagInputProps {
  readonly label: string;
  readonly tags: readonly string[];
  readonly onChange: (tags: readonly string[]) => void;
  readonly suggestions?: readonly Suggestion[];
  readonly placeholder?: string;
  readonly disabled?: boolean;
  /** The name of the button that takes a tag away. */
  readonly removeLabel: (tag: string) => string;
  /** Why a tag is wrong; undefined if it is not. */
  readonly wrong?: (tag: string) => string | undefined;
  readonly mark?: (tag: string) => ReactNode;
  /** Commas part tags, in typing and pasting. */
  readonly commas?: boolean;
}

/** Several short texts, typed or picked; Backspace takes the last one back. */
export const TagInput = ({
  label,
  tags,
  onChange,
  suggestions = [],
  placeholder,
  disabled = false,
  removeLabel,
  wrong,
  mark,
  commas = true,
}: TagInputProps) => {
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  /** -1: what is typed itself. */
  const [active, setActive] = useState(-1);
  const rest = suggestions.filter((one) => !tags.includes(one.value));
  const shown = matchingOptions(rest, typed);
  const exact = shown.some((one) => one.value === typed.trim());

  const add = (text: string) => {
    const parts = (commas ? text.split(/[,\n\t]/) : text.split("\n")).map((part) => part.trim());
    const fresh = parts.filter(
      (part, at) => part !== "" && !tags.includes(part) && parts.indexOf(part) === at,
    );
    setTyped("");
    setActive(-1);
    if (fresh.length > 0) onChange([...tags, ...fresh]);
  };
  const remove = (tag: string) => {
    onChange(tags.filter((one) => one !== tag));
    input.current?.focus();
  };

  return (
    <Suggestions
      id={list}
      label={label}
      open={open && shown.length > 0 && !(exact && shown.length === 1)}
      options={shown}
      active={active}
      onPoint={setActive}
      onPick={(option) => {
        setTyped("");
        setActive(-1);
        onChange([...tags, option.value]);
      }}
    >
      <div
        className={classes(styles.box, disabled && styles.disabled)}
        onPointerDown={(event) => {
          if (event.target !== event.currentTarget) return;
          event.preventDefault();
          input.current?.focus();
        }}
      >
        {tags.map((tag) => {
          const why = wrong?.(tag);
          return (
            <span key={tag} className={classes(styles.tag, why !== undefined && styles.wrong)} title={why}>
              {mark?.(tag)}
              <span className={styles.text}>{tag}</span>
              {!disabled && (
                <button
                  type="button"
                  tabIndex={-1}
                  aria-label={removeLabel(tag)}
                  onClick={() => {
                    remove(tag);
                  }}
                >
                  <X />
                </button>
              )}
            </span>
          );
        })}
        <input
          ref={input}
          type="text"
          className={styles.input}
          aria-label={label}
          role="combobox"
          aria-expanded={open && shown.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={open && active >= 0 ? `${list}-${String(active)}` : undefined}
          autoComplete="off"
          spellCheck={false}
          disabled={disabled}
          placeholder={tags.length === 0 ? placeholder : undefined}
          value={typed}
          onChange={(event) => {
            const text = event.target.value;
            setOpen(true);
            if (commas && /[,\n\t]/.test(text)) {
              add(text);
            } else {
              setTyped(text);
              setActive(text.trim() === "" ? -1 : 0);
            }
          }}
          onFocus={() => {
            setOpen(true);
          }}
          onBlur={() => {
            setOpen(false);
            add(typed);
          }}
          onKeyDown={(event) => {
            if (event.key === "Backspace" && typed === "" && tags.length > 0) {
              onChange(tags.slice(0, -1));
            } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
              event.preventDefault();
              setOpen(true);
              const by = event.key === "ArrowDown" ? 1 : -1;
              setActive(Math.max(-1, Math.min(shown.length - 1, active + by)));
            } else if (event.key === "Enter") {
              event.preventDefault();
              const picked = open && !exact ? shown[active] : undefined;
              if (picked) onChange([...tags, picked.value]);
              if (picked) {
                setTyped("");
                setActive(-1);
              } else {
                add(typed);
              }
            } else if (event.key === "Escape" && open && shown.length > 0 && typed !== "") {
              event.stopPropagation();
              setTyped("");
              setOpen(false);
            }
          }}
        />
      </div>
    </Suggestions>
  );
};
