import { ChevronDown, X } from "lucide-react";
import { useId, useRef, useState } from "react";
import type { ReactNode } from "react";
import { classes } from "./classes";
import { TextInput } from "./Field";
import { Suggestions, matchingOptions } from "./Suggestions";
import type { Suggestion } from "./Suggestions";
import styles from "./Combobox.module.css";

export interface ComboboxProps {
  readonly id?: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly Suggestion[];
  readonly onChange: (value: string) => void;
  /** What is typed is taken even if it is none of the options. */
  readonly free?: boolean;
  /** Offers to take the value away. */
  readonly clearLabel?: string;
  readonly placeholder?: string;
  readonly disabled?: boolean;
  readonly invalid?: boolean;
  readonly describedBy?: string | undefined;
  readonly icon?: ReactNode;
  /** What the list says when nothing fits. */
  readonly empty?: ReactNode;
}

/** One of many, found by typing. */
export const Combobox = ({
  id,
  label,
  value,
  options,
  onChange,
  free = false,
  clearLabel,
  placeholder,
  disabled = false,
  invalid = false,
  describedBy,
  icon,
  empty,
}: ComboboxProps) => {
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  /** Null while nothing is typed. */
  const [typed, setTyped] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const shown = matchingOptions(options, typed ?? "");
  const current = options.find((option) => option.value === value);

  const show = () => {
    if (disabled || open) return;
    setActive(
      Math.max(
        0,
        options.findIndex((option) => option.value === value),
      ),
    );
    setOpen(true);
  };
  const close = () => {
    setOpen(false);
    setTyped(null);
  };
  const take = (next: string) => {
    if (next !== value) onChange(next);
    close();
  };
  const leave = () => {
    if (free && typed !== null) take(typed.trim());
    else close();
  };
  const step = (by: number) => {
    if (!open) show();
    else if (shown.length > 0) setActive((active + by + shown.length) % shown.length);
  };

  return (
    <Suggestions
      id={list}
      label={label}
      open={open}
      options={shown}
      active={active}
      chosen={value}
      empty={empty}
      onPoint={setActive}
      onPick={(option) => {
        take(option.value);
      }}
    >
      <span className={styles.box}>
        <TextInput
          ref={input}
          id={id}
          aria-label={label}
          role="combobox"
          aria-expanded={open}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={open && shown.length > 0 ? `${list}-${String(active)}` : undefined}
          aria-describedby={describedBy}
          className={classes(styles.input, clearLabel !== undefined && value !== "" && styles.clearable)}
          icon={icon}
          invalid={invalid}
          disabled={disabled}
          placeholder={placeholder}
          value={typed ?? current?.label ?? value}
          onChange={(text) => {
            setTyped(text);
            setActive(0);
            setOpen(true);
          }}
          onClick={show}
          onBlur={leave}
          onFocus={(event) => {
            event.target.select();
          }}
          onKeyDown={(event) => {
            switch (event.key) {
              case "ArrowDown":
              case "ArrowUp":
                event.preventDefault();
                step(event.key === "ArrowDown" ? 1 : -1);
                break;
              case "Enter": {
                if (!open) {
                  show();
                  break;
                }
                event.preventDefault();
                const pointed = shown[active];
                if (pointed) take(pointed.value);
                else if (free && typed !== null) take(typed.trim());
                break;
              }
              case "Escape":
                if (!open) break;
                event.stopPropagation();
                close();
                break;
              default:
            }
          }}
        />
        {clearLabel !== undefined && value !== "" && !disabled ? (
          <button
            type="button"
            className={styles.mark}
            aria-label={clearLabel}
            title={clearLabel}
            onClick={() => {
              take("");
            }}
          >
            <X />
          </button>
        ) : (
          <ChevronDown className={classes(styles.mark, styles.arrow)} aria-hidden="true" />
        )}
      </span>
    </Suggestions>
  );
};
