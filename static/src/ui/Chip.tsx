import { X } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./Chip.module.css";

export interface ChipProps {
  readonly children: ReactNode;
  readonly tone?: "neutral" | "accent" | "good" | "bad" | "warn" | "reused";
  readonly icon?: ReactNode;
  /** Makes it a toggle or a link-like button. */
  readonly onClick?: () => void;
  readonly pressed?: boolean;
  readonly onRemove?: () => void;
  readonly removeLabel?: string;
}

/** A small label; with `onClick` a filter. */
export const Chip = ({
  children,
  tone = "neutral",
  icon,
  onClick,
  pressed,
  onRemove,
  removeLabel,
}: ChipProps) => {
  const inside = (
    <>
      {icon}
      <span className={styles.text}>{children}</span>
    </>
  );
  return (
    <span
      className={classes(styles.chip, styles[tone], onClick && styles.clickable, pressed && styles.pressed)}
    >
      {onClick ? (
        <button type="button" className={styles.inside} aria-pressed={pressed} onClick={onClick}>
          {inside}
        </button>
      ) : (
        <span className={styles.inside}>{inside}</span>
      )}
      {onRemove && (
        <button
          type="button"
          className={styles.remove}
          aria-label={removeLabel ?? "Remove"}
          onClick={onRemove}
        >
          <X />
        </button>
      )}
    </span>
  );
};
