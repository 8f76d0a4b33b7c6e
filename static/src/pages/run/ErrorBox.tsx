import { TriangleAlert } from "lucide-react";
import type { StepError } from "@/api/types";
import { run as words } from "@/text/runs";
import styles from "./run.module.css";

/** A word between stars is a name: it is set apart. */
const Marked = ({ children }: { readonly children: string }) => (
  <>{children.split("*").map((part, at) => (at % 2 === 1 ? <em key={at}>{part}</em> : part))}</>
);

/** Why a step failed, in words: what, what to do, where; the traceback for those who ask. */
export const ErrorBox = ({ error }: { readonly error: StepError }) => (
  <section className={styles.error} role="group" aria-label={error.message}>
    <TriangleAlert aria-hidden="true" />
    <div>
      <p className={styles.message}>
        <Marked>{error.message}</Marked>
      </p>
      {error.cure !== "" && (
        <p>
          <Marked>{error.cure}</Marked>
        </p>
      )}
      {(error.where !== "" || error.number > 0) && (
        <p className={styles.where}>
          {error.number > 0 && <span>{words.number(error.number)}</span>}
          {error.where !== "" && <code>{error.where}</code>}
        </p>
      )}
      {error.traceback !== "" && (
        <details>
          <summary>{words.traceback}</summary>
          <pre>{error.traceback}</pre>
        </details>
      )}
    </div>
  </section>
);
