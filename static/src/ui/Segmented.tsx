import { ToggleGroup } from "radix-ui";
import { classes } from "./classes";
import type { SelectOption } from "./Field";
import styles from "./Segmented.module.css";

export interface SegmentedProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly onChange: (value: string) => void;
  readonly disabled?: boolean;
  readonly describedBy?: string | undefined;
  /** Takes no more room than its words. */
  readonly compact?: boolean;
}

/** One of two or three, all in sight. */
export const Segmented = ({
  label,
  value,
  options,
  onChange,
  disabled = false,
  describedBy,
  compact,
}: SegmentedProps) => (
  <ToggleGroup.Root
    type="single"
    className={classes(styles.group, compact && styles.compact)}
    aria-label={label}
    aria-describedby={describedBy}
    value={value}
    disabled={disabled}
    onValueChange={(chosen) => {
      // Pressing the chosen one again chooses nothing; one of them is always chosen.
      if (chosen !== "") onChange(chosen);
    }}
  >
    {options.map((option) => (
      <ToggleGroup.Item key={option.value} value={option.value} className={styles.item}>
        {option.label}
      </ToggleGroup.Item>
    ))}
  </ToggleGroup.Root>
);
