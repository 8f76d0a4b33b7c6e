import { useState } from "react";
import { chosen } from "@/graph/columns";
import type { KnownColumn, Selector } from "@/graph/columns";
import { text } from "@/text";
import { form } from "@/text/form";
import { Button, Dialog, Segmented } from "@/ui";
import { ByName } from "./ByName";
import { WithRules } from "./WithRules";
import { asRules, countOf, missingNames, tidied } from "./picking";
import type { Names, Rules } from "./picking";
import styles from "./columns.module.css";

const words = text.inspector.columns;

export interface ColumnPickerProps {
  readonly label: string;
  readonly selector: Selector;
  /** Null while they are not known. */
  readonly columns: readonly KnownColumn[] | null;
  readonly onDone: (selector: Selector) => void;
  readonly onCancel: () => void;
}

interface Draft {
  readonly way: Selector["way"];
  /** Both ways are kept while the dialog is open, so that looking at the other loses nothing. */
  readonly names: Names;
  readonly rules: Rules | null;
}

const draftOf = (selector: Selector): Draft =>
  selector.way === "names"
    ? { way: "names", names: selector, rules: null }
    : { way: "rules", names: { way: "names", names: [] }, rules: selector };

const selectorOf = (draft: Draft): Selector =>
  draft.way === "names" ? draft.names : (draft.rules ?? asRules(draft.names));

/** The dialog that chooses columns, by name or with rules. */
export const ColumnPicker = ({ label, selector, columns, onDone, onCancel }: ColumnPickerProps) => {
  const [draft, setDraft] = useState(() => draftOf(selector));
  const now = selectorOf(draft);
  const missing = columns ? missingNames(now, columns) : [];

  const turn = (way: Selector["way"]) => {
    if (way === "rules") {
      setDraft({ ...draft, way, rules: draft.rules ?? asRules(draft.names) });
    } else {
      const names =
        draft.names.names.length > 0 || !draft.rules || !columns
          ? draft.names
          : { way: "names" as const, names: [...new Set(chosen(draft.rules, columns))] };
      setDraft({ ...draft, way, names });
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onCancel();
      }}
      title={words.title(label)}
      size="large"
      actions={
        <>
          <span className={styles.summary} role="status">
            {columns
              ? words.result(countOf(now, columns), columns.length)
              : now.way === "names"
                ? String(now.names.length)
                : ""}
            {missing.length > 0 && <span className={styles.warning}>{form.picker.some(missing.length)}</span>}
          </span>
          <Button onClick={onCancel}>{words.cancel}</Button>
          <Button
            look="filled"
            onClick={() => {
              onDone(tidied(now));
            }}
          >
            {words.done}
          </Button>
        </>
      }
    >
      <div className={styles.picker}>
        <Segmented
          compact
          label={words.edit}
          value={draft.way}
          options={[
            { value: "names", label: words.byName },
            { value: "rules", label: words.withRules },
          ]}
          onChange={(way) => {
            turn(way === "rules" ? "rules" : "names");
          }}
        />
        {draft.way === "names" ? (
          <ByName
            names={draft.names.names}
            columns={columns}
            onChange={(names) => {
              setDraft({ ...draft, names: { way: "names", names } });
            }}
          />
        ) : (
          <WithRules
            rules={draft.rules ?? asRules(draft.names)}
            columns={columns}
            onChange={(rules) => {
              setDraft({ ...draft, rules });
            }}
          />
        )}
      </div>
    </Dialog>
  );
};
