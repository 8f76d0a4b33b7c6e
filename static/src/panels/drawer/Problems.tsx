import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { useStore } from "zustand";
import { titleOf } from "@/graph/catalogue";
import type { Finding } from "@/graph/finding";
import { cardBox } from "@/graph/geometry";
import { select } from "@/state/selection";
import { documentOf, useCatalogue, useSession } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { EmptyState, classes } from "@/ui";
import styles from "./Drawer.module.css";

/** Selects what a finding is about and brings it into view. */
export const jumpTo = (session: Session, finding: Finding): void => {
  const document = documentOf(session);
  if (finding.node === "" || !Object.hasOwn(document.nodes, finding.node)) return;
  session.selection.setState(select({ nodes: [finding.node] }), true);
  session.view.setState({ inspector: true });
  session.stage.current?.reveal(cardBox(document, finding.node));
};

/** Everything validation has to say; a press goes there. */
export const Problems = () => {
  const session = useSession();
  const catalogue = useCatalogue();
  const findings = useStore(session.findings, (all) => all.all);
  if (findings.length === 0) return <EmptyState picture={<CircleCheck />} title={text.editor.noProblems} />;
  const { nodes } = documentOf(session);
  const sorted = findings.toSorted((one, other) => one.severity.localeCompare(other.severity));
  return (
    <ul className={styles.problems}>
      {sorted.map((finding, index) => {
        const entry = nodes[finding.node];
        return (
          <li key={`${finding.code}:${finding.node}:${finding.port}:${finding.parameter}:${String(index)}`}>
            <button
              type="button"
              className={styles.problem}
              onClick={() => {
                jumpTo(session, finding);
              }}
            >
              <span className={classes(styles.sign, finding.severity === "error" && styles.signBad)}>
                {finding.severity === "error" ? <CircleAlert /> : <TriangleAlert />}
              </span>
              <span className={styles.message}>
                {finding.message} <span className={styles.cure}>{finding.cure}</span>
              </span>
              {entry && <span className={styles.where}>{titleOf(catalogue, entry)}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
};
