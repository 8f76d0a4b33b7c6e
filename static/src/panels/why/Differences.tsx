import { messageOf } from "@/api/errors";
import { useModuleSource } from "@/api/queries.modules";
import { useSources } from "@/api/queries.runs";
import { valueInWords } from "@/graph/reuse";
import type { Reason } from "@/graph/reuse";
import { text } from "@/text";
import { CodeDiff, Dialog, Spinner } from "@/ui";
import { isLong, tells } from "./tells";
import styles from "./why.module.css";

const words = text.plan;

/** The code of a step in an earlier run, and the code it ran, or would run, with. */
export interface CodeSides {
  readonly node: string;
  readonly before: string;
  /** The later run, or the module's reference where there is none yet. */
  readonly after: { readonly run: string } | { readonly module: string };
}

const inWords = (value: unknown): string => {
  if (value === null || value === undefined) return words.nothingValue;
  return valueInWords(value);
};

const Value = ({ reason }: { readonly reason: Reason }) => {
  const { before, after, name = "" } = reason;
  if (isLong(before) || isLong(after)) {
    return (
      <CodeDiff
        label={name}
        before={typeof before === "string" ? before : ""}
        after={typeof after === "string" ? after : ""}
        folded={words.unchanged}
      />
    );
  }
  return (
    <div className={styles.sides}>
      <div>
        <span>{words.before}</span>
        <code>{inWords(before)}</code>
      </div>
      <div>
        <span>{words.after}</span>
        <code>{inWords(after)}</code>
      </div>
    </div>
  );
};

const Code = ({ sides }: { readonly sides: CodeSides }) => {
  const { after, node } = sides;
  const run = "run" in after ? after.run : "";
  const before = useSources(sides.before);
  const ran = useSources(run, run !== "");
  const module = useModuleSource("module" in after ? after.module : "");
  const error = before.error ?? ran.error ?? module.error;
  if (error) return <p className={styles.note}>{`${words.codeGone} ${messageOf(error)}`}</p>;
  const now = run === "" ? module.data?.source : ran.data?.find((one) => one.node === node)?.text;
  const then = before.data?.find((one) => one.node === node)?.text;
  if (before.data && then === undefined) return <p className={styles.note}>{words.codeGone}</p>;
  if (now === undefined || then === undefined) return <Spinner label={words.code} />;
  if (now === then) return <p className={styles.note}>{words.codeSame}</p>;
  return <CodeDiff label={words.code} before={then} after={now} folded={words.unchanged} />;
};

export interface DifferencesProps {
  readonly step: string;
  readonly reasons: readonly Reason[];
  readonly code: CodeSides | null;
  readonly onClose: () => void;
}

/** What differs between a step and the same step of an earlier run: values side by side, code line by line. */
const Differences = ({ step, reasons, code, onClose }: DifferencesProps) => {
  const told = reasons.filter(tells);
  const rest = reasons.filter((reason) => !tells(reason));
  return (
    <Dialog open onOpenChange={onClose} title={words.differs(step)} size="large">
      <div className={styles.differences}>
        {told.map((reason) => (
          <section key={`${reason.code} ${reason.name ?? ""}`}>
            <h3>{reason.code === "code" ? words.code : (reason.name ?? reason.text)}</h3>
            {reason.code === "code" ? (
              code ? (
                <Code sides={code} />
              ) : (
                <p className={styles.note}>{words.codeGone}</p>
              )
            ) : (
              <Value reason={reason} />
            )}
          </section>
        ))}
        {rest.length > 0 && (
          <ul className={styles.reasons}>
            {rest.map((reason) => (
              <li key={`${reason.code} ${reason.text}`}>{reason.text}</li>
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  );
};

export default Differences;
