import { BoxSelect } from "lucide-react";
import { useStore } from "zustand";
import { commandById, perform } from "@/commands/all";
import { labelOf } from "@/commands/command";
import type { Selection } from "@/state/selection";
import { useDocument, useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { Button, keysInWords } from "@/ui";
import { Frame } from "./Frame";
import { RunSettings } from "./RunSettings";
import styles from "./Inspector.module.css";

const ACTIONS = ["duplicate", "copy", "tidy", "disable", "bypass", "delete"] as const;

export interface SeveralInspectorProps {
  readonly selection: Selection;
  readonly onClose: () => void;
}

/** Several things at once: how many, what can be done with all of them, and how they run. */
export const SeveralInspector = ({ selection, onClose }: SeveralInspectorProps) => {
  const session = useSession();
  const nodes = useDocument((document) => document.nodes);
  const byNode = useStore(session.findings, (findings) => findings.byNode);
  const chosen = [...selection.nodes].flatMap((id) => {
    const entry = nodes[id];
    return entry ? [{ id, entry }] : [];
  });
  const modules = chosen.filter(({ entry }) => entry.module !== undefined);
  const problems = chosen.reduce((sum, { id }) => sum + (byNode.get(id)?.length ?? 0), 0);
  const counts = [
    [form.several.modules, modules.length],
    [form.several.datasets, chosen.length - modules.length],
    [form.several.wires, selection.wires.size],
    [form.several.notes, selection.notes.size],
    [form.several.problems, problems],
  ] as const;
  return (
    <Frame
      icon={
        <span className={styles.pipelineIcon} aria-hidden="true">
          <BoxSelect />
        </span>
      }
      title={
        <h2 className={styles.name}>
          {chosen.length > 0
            ? text.inspector.several(chosen.length)
            : selection.notes.size > 0
              ? text.inspector.severalNotes(selection.notes.size)
              : form.several.title}
        </h2>
      }
      onClose={onClose}
    >
      <div className={styles.scroll}>
        <div className={styles.stack}>
          <dl className={styles.countList}>
            {counts
              .filter(([, count]) => count > 0)
              .map(([word, count]) => (
                <div key={word}>
                  <dt>{word}</dt>
                  <dd className="numbers">{count}</dd>
                </div>
              ))}
          </dl>
          <ul className={styles.actions}>
            {ACTIONS.flatMap((id) => {
              const command = commandById(id);
              if (!command?.when(session)) return [];
              const Icon = command.icon;
              const [keys] = command.keys ?? [];
              return [
                <li key={id}>
                  <Button
                    look={command.danger ? "danger" : "outlined"}
                    size="small"
                    className={styles.wide}
                    title={keys === undefined ? undefined : keysInWords(keys)}
                    {...(Icon ? { icon: <Icon /> } : {})}
                    onClick={() => {
                      perform(session, command);
                    }}
                  >
                    {labelOf(command, session)}
                  </Button>
                </li>,
              ];
            })}
          </ul>
          {modules.length > 0 && (
            <section className={styles.section}>
              <h3>{text.inspector.settings}</h3>
              <RunSettings nodes={modules.map(({ id }) => id)} entries={modules.map(({ entry }) => entry)} />
            </section>
          )}
        </div>
      </div>
    </Frame>
  );
};
