import type { ReactNode } from "react";
import type { Finding } from "@/graph/finding";
import styles from "./targets.module.css";

/** What is wrong, and what to do. */
export const Findings = ({
  findings,
  icon,
}: {
  readonly findings: readonly Finding[];
  readonly icon: ReactNode;
}) => (
  <ul className={styles.findings}>
    {findings.map((finding) => (
      <li key={`${finding.code} ${finding.message}`} data-severity={finding.severity}>
        {icon}
        <span>
          {finding.message}
          {finding.cure !== "" && <small>{finding.cure}</small>}
        </span>
      </li>
    ))}
  </ul>
);
