import { useState } from "react";
import { diffLines, foldSame } from "./diff";
import type { DiffLine, DiffPart } from "./diff";
import styles from "./CodeDiff.module.css";

export interface CodeDiffProps {
  /** The accessible name. */
  readonly label: string;
  readonly before: string;
  readonly after: string;
  /** What stands for folded lines, a button that shows them. */
  readonly folded: (lines: number) => string;
}

const SIGNS = { same: "", removed: "−", added: "+" } as const;

const Line = ({ line }: { readonly line: DiffLine }) => (
  <tr className={styles[line.kind]}>
    <td className={styles.number}>{line.kind === "added" ? "" : line.before}</td>
    <td className={styles.number}>{line.kind === "removed" ? "" : line.after}</td>
    <td className={styles.sign}>{SIGNS[line.kind]}</td>
    <td className={styles.text}>{line.text}</td>
  </tr>
);

const Part = ({ part, folded }: { readonly part: DiffPart; readonly folded: CodeDiffProps["folded"] }) => {
  const [open, setOpen] = useState(false);
  if (part.kind === "lines" || open)
    return part.lines.map((line, at) => <Line key={`${line.kind} ${String(at)}`} line={line} />);
  return (
    <tr>
      <td colSpan={4} className={styles.fold}>
        <button
          type="button"
          onClick={() => {
            setOpen(true);
          }}
        >
          {folded(part.lines.length)}
        </button>
      </td>
    </tr>
  );
};

/** Two versions of a text, as what went and what came. */
export const CodeDiff = ({ label, before, after, folded }: CodeDiffProps) => (
  <div className={styles.scroll} role="group" aria-label={label} tabIndex={0}>
    <table className={styles.table}>
      <tbody>
        {foldSame(diffLines(before, after)).map((part, at) => (
          <Part key={at} part={part} folded={folded} />
        ))}
      </tbody>
    </table>
  </div>
);
