import { CircleX } from "lucide-react";
import type { StepView } from "@/graph/step";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { Button } from "@/ui";
import styles from "./Inspector.module.css";

/** A text that the server may have sent along. */
const textIn = (error: object, key: string): string => {
  const found = Object.entries(error).find(([name]) => name === key)?.[1];
  return typeof found === "string" ? found : "";
};

export interface StepFailureProps {
  readonly step: StepView;
}

/** Why a step failed: what, what to do, where, and the way to its log. */
export const StepFailure = ({ step }: StepFailureProps) => {
  const session = useSession();
  const { error } = step;
  if (!error) return null;
  const where = textIn(error, "where");
  const traceback = textIn(error, "traceback");
  return (
    <section className={styles.failure} aria-label={form.error.title}>
      <CircleX />
      <div className={styles.failureText}>
        <p className={styles.failureMessage}>{error.message}</p>
        {error.cure !== undefined && error.cure !== "" && <p className={styles.cure}>{error.cure}</p>}
        {where !== "" && (
          <p className={styles.where}>
            {form.error.where} <code>{where}</code>
          </p>
        )}
        {traceback !== "" && (
          <details className={styles.traceback}>
            <summary>{form.error.traceback}</summary>
            <pre>{traceback}</pre>
          </details>
        )}
        <Button
          size="small"
          look="quiet"
          className={styles.inlineAction}
          onClick={() => {
            session.view.setState({ drawer: "logs" });
          }}
        >
          {text.commands.openLogs}
        </Button>
      </div>
    </section>
  );
};
