import { Popover } from "radix-ui";
import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./Suggestions.module.css";

export interface Suggestion {
  readonly value: string;
  readonly label?: string;
  /** Before the label. */
  readonly mark?: ReactNode;
  /** At the right end. */
  readonly hint?: ReactNode;
}

export interface SuggestionsProps {
  /** Ties the list to its input: the options are `${id}-0`, `${id}-1`, ... */
  readonly id: string;
  readonly label: string;
  readonly open: boolean;
  readonly options: readonly Suggestion[];
  /** The index that Enter would take; -1 for none. */
  readonly active: number;
  readonly chosen?: string;
  readonly onPick: (option: Suggestion) => void;
  readonly onPoint: (index: number) => void;
  /** What the list says when it has nothing. */
  readonly empty?: ReactNode;
  /** The input, as one element that takes a ref. */
  readonly children: ReactNode;
}

/** More are found by typing, not by scrolling. */
const SHOWN = 200;

/** The list under an input that completes what is typed. The focus stays in the input. */
export const Suggestions = ({
  id,
  label,
  open,
  options,
  active,
  chosen,
  onPick,
  onPoint,
  empty,
  children,
}: SuggestionsProps) => {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open) list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: "nearest" });
  }, [open, active]);
  const shown = options.slice(0, SHOWN);
  return (
    <Popover.Root open={open && (options.length > 0 || empty !== undefined)} modal={false}>
      <Popover.Anchor asChild>{children}</Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          className={styles.popup}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
          }}
          // A press in the list must not take the focus out of the input.
          onPointerDown={(event) => {
            event.preventDefault();
          }}
          onMouseDown={(event) => {
            event.preventDefault();
          }}
        >
          <div ref={list} id={id} role="listbox" aria-label={label} className={styles.list}>
            {shown.map((option, at) => (
              <div
                key={option.value}
                id={`${id}-${String(at)}`}
                role="option"
                aria-selected={option.value === chosen}
                data-active={at === active}
                className={classes(styles.option, at === active && styles.active)}
                onPointerMove={() => {
                  if (at !== active) onPoint(at);
                }}
                onClick={() => {
                  onPick(option);
                }}
              >
                {option.mark}
                <span className={styles.label}>{option.label ?? option.value}</span>
                {option.hint !== undefined && <span className={styles.hint}>{option.hint}</span>}
              </div>
            ))}
          </div>
          {options.length === 0 && <p className={styles.empty}>{empty}</p>}
          {options.length > SHOWN && (
            <p className={styles.empty}>{`${String(options.length - SHOWN)}\u2009+`}</p>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
};

/** The options that hold what is typed; those that begin with it first. */
export const matchingOptions = (options: readonly Suggestion[], typed: string): readonly Suggestion[] => {
  const words = typed.trim().toLowerCase();
  if (words === "") return options;
  const named = (option: Suggestion) => (option.label ?? option.value).toLowerCase();
  const found = options.filter((option) => named(option).includes(words));
  return [
    ...found.filter((option) => named(option).startsWith(words)),
    ...found.filter((option) => !named(option).startsWith(words)),
  ];
};
