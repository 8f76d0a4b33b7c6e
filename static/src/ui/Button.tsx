import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { classes } from "./classes";
import styles from "./Button.module.css";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: "filled" | "outlined" | "quiet" | "danger";
  readonly size?: "small" | "medium";
  readonly icon?: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A button with a word. One filled button a page at most. */
export const Button = ({
  look = "outlined",
  size = "medium",
  icon,
  className,
  children,
  ...rest
}: ButtonProps) => (
  <button type="button" className={classes(styles.button, styles[look], styles[size], className)} {...rest}>
    {icon}
    {children !== undefined && <span>{children}</span>}
  </button>
);

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does: the accessible name and the hover text. */
  readonly label: string;
  readonly pressed?: boolean;
  readonly small?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A square button that holds an icon. */
export const IconButton = ({ label, pressed, small, className, children, ...rest }: IconButtonProps) => (
  <button
    type="button"
    aria-label={label}
    title={label}
    aria-pressed={pressed}
    className={classes(styles.icon, small && styles.iconSmall, pressed && styles.pressed, className)}
    {...rest}
  >
    {children}
  </button>
);
