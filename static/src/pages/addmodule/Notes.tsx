import { FileCode, Globe, HardDrive, KeyRound, Terminal } from "lucide-react";
import type { Finding } from "@/graph/finding";
import { addmodule as words } from "@/text/addmodule";
import { Chip } from "@/ui";
import styles from "./addmodule.module.css";

/** What there is to say, errors first. */
export const Findings = ({ findings }: { readonly findings: readonly Finding[] }) => {
  const sorted = [...findings].sort(
    (one, other) => Number(other.severity === "error") - Number(one.severity === "error"),
  );
  return (
    <ul className={styles.findings} role="status" aria-label={words.findings}>
      {sorted.map((one) => (
        <li key={`${String(one.line)} ${one.message}`} data-severity={one.severity}>
          {one.line > 0 && <b>{words.line(one.line)}</b>}
          {one.message} {one.cure}
        </li>
      ))}
    </ul>
  );
};

const ICONS = {
  network: <Globe />,
  files: <HardDrive />,
  secrets: <KeyRound />,
  shell: <Terminal />,
  native: <FileCode />,
} as const;

type Kind = keyof typeof ICONS;

const isKind = (what: string): what is Kind => what in ICONS;

export interface ReachItem {
  readonly what: string;
  readonly where: string;
}

/** What code seems to reach for, and where that stands. */
export const Reached = ({ reach }: { readonly reach: readonly ReachItem[] }) => {
  const kinds = [...new Set(reach.map((one) => one.what))].filter(isKind);
  if (kinds.length === 0) return null;
  return (
    <details className={styles.reach}>
      <summary>
        <span>{words.reach}</span>
        {kinds.map((kind) => (
          <Chip key={kind} icon={ICONS[kind]} tone={kind === "files" ? "neutral" : "warn"}>
            {words.reaches[kind]}
          </Chip>
        ))}
      </summary>
      <p className={styles.faint}>{words.reachHelp}</p>
      <ul>
        {reach.slice(0, 60).map((one) => (
          <li key={`${one.what} ${one.where}`}>
            <code>{one.where}</code>
          </li>
        ))}
      </ul>
    </details>
  );
};
