import { X } from "lucide-react";
import type { ReactNode } from "react";
import { text } from "@/text";
import { IconButton, classes } from "@/ui";
import styles from "./Inspector.module.css";

export interface FrameProps {
  readonly icon?: ReactNode;
  /** The name, or its editor. */
  readonly title: ReactNode;
  readonly kind?: ReactNode;
  readonly onClose: () => void;
  /** What went wrong, above everything else. */
  readonly notices?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of everything the inspector shows: what it is about on top, the rest below. */
export const Frame = ({ icon, title, kind, onClose, notices, children }: FrameProps) => (
  <>
    <header className={styles.header}>
      {icon}
      <div className={classes(styles.titles, kind === undefined && styles.alone)}>
        {title}
        {kind !== undefined && <div className={styles.kind}>{kind}</div>}
      </div>
      <IconButton small label={text.inspector.close} onClick={onClose}>
        <X />
      </IconButton>
    </header>
    {notices}
    <div className={styles.main}>{children}</div>
  </>
);
