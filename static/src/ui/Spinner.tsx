import styles from "./Spinner.module.css";

export interface SpinnerProps {
  readonly label: string;
  readonly size?: number;
}

/** Something is being fetched. It appears only after a moment, so that quick answers do not flicker. */
export const Spinner = ({ label, size = 20 }: SpinnerProps) => (
  <span className={styles.box} role="status" aria-label={label}>
    <svg viewBox="0 0 20 20" width={size} height={size} className={styles.spinner} aria-hidden="true">
      <circle cx="10" cy="10" r="8" className={styles.track} />
      <path d="M10 2a8 8 0 0 1 8 8" className={styles.arc} />
    </svg>
  </span>
);
