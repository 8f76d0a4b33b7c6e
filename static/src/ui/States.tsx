import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./States.module.css";

export interface EmptyStateProps {
  readonly picture?: ReactNode;
  readonly title: string;
  readonly text?: ReactNode;
  readonly action?: ReactNode;
}

/** Nothing here yet: a small picture, one sentence, one action. */
export const EmptyState = ({ picture, title, text, action }: EmptyStateProps) => (
  <div className={styles.state}>
    {picture !== undefined && <div className={styles.picture}>{picture}</div>}
    <h2 className={styles.title}>{title}</h2>
    {text !== undefined && <p className={styles.text}>{text}</p>}
    {action}
  </div>
);

export interface ErrorStateProps {
  readonly message: string;
  readonly cause?: string | undefined;
  readonly cure?: string | undefined;
  readonly action?: ReactNode;
}

/** Something went wrong: what, why, and what to do. */
export const ErrorState = ({ message, cause, cure, action }: ErrorStateProps) => (
  <div className={styles.state} role="alert">
    <div className={styles.alarm}>
      <TriangleAlert />
    </div>
    <h2 className={styles.title}>{message}</h2>
    {cause !== undefined && cause !== "" && <p className={styles.text}>{cause}</p>}
    {cure !== undefined && cure !== "" && <p className={styles.cure}>{cure}</p>}
    {action}
  </div>
);
