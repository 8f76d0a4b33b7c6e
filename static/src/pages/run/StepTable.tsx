import type { Run, Step } from "@/api/types";
import { reasonInWords } from "@/graph/reuse";
import { iso, stepName } from "@/pages/shared/Status";
import { plan } from "@/text/plan";
import { run as words } from "@/text/runs";
import { statuses } from "@/text/statuses";
import { Duration, StatusIcon, classes, formatCount, formatShape } from "@/ui";
import { inOrder } from "./frozen";
import styles from "./run.module.css";

/** Why it failed, waits, ran, or did not have to. */
function whyOf(step: Step): string {
  if (step.error) return step.error.message;
  if (step.why !== "") return step.why;
  if (step.status === "reused") return plan.reusedNothingChanged;
  return step.reasons.map(reasonInWords).join(", ");
}

/** What a step made, in a few letters: the size of its first table. */
function made(step: Step): string {
  const outputs = Object.values(step.outputs);
  const table = outputs.find((output) => output.rows != null);
  if (table?.rows != null)
    return table.columns.length > 0 ? formatShape(table.rows, table.columns.length) : formatCount(table.rows);
  return outputs[0]?.type.replaceAll("_", " ") ?? "";
}

/** The steps as a table: what the graph says, for eyes, ears and fingers. */
export const StepTable = ({
  run,
  chosen,
  onChoose,
  brief = false,
}: {
  readonly run: Run;
  readonly chosen: string | null;
  readonly onChoose: (node: string) => void;
  readonly brief?: boolean;
}) => (
  <table className={classes(styles.table, brief && styles.brief)}>
    <caption className="hidden-visually">{words.steps}</caption>
    <thead>
      <tr>
        <th scope="col">{words.table.step}</th>
        <th scope="col">{words.table.status}</th>
        <th scope="col" className={styles.right}>
          {words.table.duration}
        </th>
        {!brief && (
          <>
            <th scope="col">{words.table.output}</th>
            <th scope="col">{words.table.why}</th>
          </>
        )}
      </tr>
    </thead>
    <tbody>
      {inOrder(run.steps).map((step) => (
        <tr
          key={step.node}
          className={classes(step.node === chosen && styles.chosen)}
          onClick={() => {
            onChoose(step.node);
          }}
        >
          <th scope="row">
            <button type="button" aria-pressed={step.node === chosen}>
              {stepName(step)}
            </button>
          </th>
          <td>
            <span className={styles.status}>
              <StatusIcon status={step.status} progress={step.progress ?? null} size={14} />
              {statuses[step.status] ?? step.status}
              {step.progress_text !== "" && <em>{step.progress_text}</em>}
            </span>
          </td>
          <td className={styles.right}>
            <Duration seconds={step.seconds} since={step.started == null ? null : iso(step.started)} />
          </td>
          {!brief && (
            <>
              <td className="numbers">{made(step)}</td>
              <td className={styles.why} title={whyOf(step)}>
                {whyOf(step)}
              </td>
            </>
          )}
        </tr>
      ))}
    </tbody>
  </table>
);
