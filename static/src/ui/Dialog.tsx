import { Dialog as Primitive } from "radix-ui";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Dialog.module.css";

export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  /** What a screen reader reads after the title. */
  readonly description?: string;
  readonly children: ReactNode;
  /** The buttons, the main one last. */
  readonly actions?: ReactNode;
  readonly size?: "small" | "medium" | "large" | "full";
  readonly closeLabel?: string;
  /** The title is for screen readers only. */
  readonly bare?: boolean;
  /** It must be answered: no cross. */
  readonly must?: boolean;
}

/** The first field has the focus, else the main button: never the cross that closes. */
const focusFirst = (event: Event) => {
  if (!(event.currentTarget instanceof HTMLElement)) return;
  const fields = event.currentTarget.querySelectorAll<HTMLElement>(
    "[data-autofocus], input:not([disabled]), textarea, select, [contenteditable=true]",
  );
  const buttons = event.currentTarget.querySelectorAll<HTMLElement>("footer button:not([disabled])");
  const first = fields[0] ?? buttons[buttons.length - 1];
  if (!first) return;
  event.preventDefault();
  first.focus();
};

/**
 * A dialog over the page. The scrim is our own element: Radix's overlay locks scrolling with a style tag, which the
 * content security policy refuses; the page does not scroll anyway.
 */
export const Dialog = ({
  open,
  onOpenChange,
  title,
  description,
  children,
  actions,
  size = "medium",
  closeLabel = "Close",
  bare = false,
  must = false,
}: DialogProps) => (
  <Primitive.Root open={open} onOpenChange={onOpenChange}>
    <Primitive.Portal>
      <div className={styles.scrim} aria-hidden="true" />
      <Primitive.Content
        className={classes(styles.dialog, styles[size])}
        onOpenAutoFocus={focusFirst}
        {...(description === undefined ? { "aria-describedby": undefined } : {})}
      >
        {bare ? (
          <Primitive.Title className="hidden-visually">{title}</Primitive.Title>
        ) : (
          <header className={styles.header}>
            <Primitive.Title className={styles.title}>{title}</Primitive.Title>
            {!must && (
              <Primitive.Close asChild>
                <IconButton label={closeLabel}>
                  <X />
                </IconButton>
              </Primitive.Close>
            )}
          </header>
        )}
        {description !== undefined && (
          <Primitive.Description className={bare ? "hidden-visually" : styles.description}>
            {description}
          </Primitive.Description>
        )}
        <div className={bare ? styles.bare : styles.body}>{children}</div>
        {actions !== undefined && <footer className={styles.actions}>{actions}</footer>}
      </Primitive.Content>
    </Primitive.Portal>
  </Primitive.Root>
);
