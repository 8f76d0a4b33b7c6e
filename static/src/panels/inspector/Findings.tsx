import { CircleAlert, TriangleAlert } from "lucide-react";
import type { Finding } from "@/graph/finding";
import { text } from "@/text";
import { classes } from "@/ui";
import styles from "./Inspector.module.css";

export interface FindingsProps {
  readonly findings: readonly Finding[];
}

/** What validation has to say, errors first: what, and what to do. */
export const Findings = ({ findings }: FindingsProps) => {
  if (findings.length === 0) return null;
  const errors = findings.filter((finding) => finding.severity === "error");
  const warnings = findings.filter((finding) => finding.severity === "warning");
  return (
    <ul className={styles.findings} aria-label={text.inspector.findings}>
      {[...errors, ...warnings].map((finding, at) => (
        <li key={at} className={classes(styles.finding, finding.severity === "error" && styles.bad)}>
          {finding.severity === "error" ? <CircleAlert /> : <TriangleAlert />}
          <div>
            <p>{finding.message}</p>
            {finding.cure !== "" && <p className={styles.cure}>{finding.cure}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
};
