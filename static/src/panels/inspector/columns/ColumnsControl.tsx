import { Columns3, Minus, Plus } from "lucide-react";
import { useState } from "react";
import { readSelector, writeSelector } from "@/graph/columns";
import type { By, KnownColumn, Rule } from "@/graph/columns";
import type { Json } from "@/graph/json";
import { text } from "@/text";
import { form } from "@/text/form";
import { Button, classes } from "@/ui";
import { ColumnPicker } from "./ColumnPicker";
import { TypeMark } from "./TypeMark";
import { countOf, problemOf } from "./picking";
import styles from "./columns.module.css";

const words = text.inspector.columns;

/** Names shown before "and 7 more". */
const SHOWN = 8;

const wordOf = (by: By, value: string): string => {
  const words = by === "types" ? form.picker.types : by === "roles" ? form.picker.roles : {};
  const found: readonly (readonly [string, string])[] = Object.entries(words);
  return found.find(([key]) => key === value)?.[1] ?? value;
};

interface ValuesProps {
  readonly rule: Rule;
  readonly columns: readonly KnownColumn[] | null;
}

/** The values of a rule in words; those that fit no column stand out. */
const Values = ({ rule, columns }: ValuesProps) =>
  rule.values.map((value, at) => (
    <span key={value}>
      {at > 0 && ", "}
      <span className={problemOf(rule.by, value, columns) === null ? undefined : styles.warning}>
        {wordOf(rule.by, value)}
      </span>
    </span>
  ));

export interface ColumnsControlProps {
  readonly id: string;
  readonly label: string;
  readonly value: Json;
  readonly onChange: (value: Json) => void;
  /** Null while they are not known. */
  readonly columns: readonly KnownColumn[] | null;
  readonly invalid: boolean;
  readonly describedBy: string | undefined;
}

/** A column selection in short, and the way to its dialog. */
export const ColumnsControl = ({
  id,
  label,
  value,
  onChange,
  columns,
  invalid,
  describedBy,
}: ColumnsControlProps) => {
  const [open, setOpen] = useState(false);
  const selector = readSelector(value);
  const known = new Map(columns?.map((column) => [column.name, column]));
  const empty = selector.way === "names" && selector.names.length === 0;
  return (
    <div className={classes(styles.control, invalid && styles.invalid)}>
      {selector.way === "names" && !empty && (
        <ul className={styles.chips}>
          {selector.names.slice(0, SHOWN).map((name) => {
            const missing = columns !== null && !known.has(name);
            return (
              <li
                key={name}
                className={classes(styles.chip, missing && styles.missing)}
                title={missing ? `${name}: ${words.missing}` : name}
              >
                {columns !== null && <TypeMark column={known.get(name)} />}
                <span className={styles.nameText}>{name}</span>
              </li>
            );
          })}
          {selector.names.length > SHOWN && (
            <li className={styles.moreNames}>{`+${String(selector.names.length - SHOWN)}`}</li>
          )}
        </ul>
      )}
      {selector.way === "rules" && (
        <ul className={styles.sentences}>
          <li>{selector.begin === "all" ? words.all : words.none}</li>
          {selector.rules.map((rule, at) => (
            <li key={at}>
              {rule.action === "include" ? (
                <Plus className={styles.plus} aria-label={words.include} />
              ) : (
                <Minus className={styles.minus} aria-label={words.exclude} />
              )}
              <span>
                <span className={styles.soft}>{form.picker.byWords[rule.by]}:</span>{" "}
                <Values rule={rule} columns={columns} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <div className={styles.controlFoot}>
        <Button
          id={id}
          size="small"
          look={empty ? "outlined" : "quiet"}
          icon={<Columns3 />}
          aria-label={`${label}: ${empty ? words.choose : words.edit}`}
          aria-describedby={describedBy}
          onClick={() => {
            setOpen(true);
          }}
        >
          {empty ? words.choose : words.edit}
        </Button>
        {columns && !empty && (
          <span className={styles.count}>{words.result(countOf(selector, columns), columns.length)}</span>
        )}
      </div>
      {open && (
        <ColumnPicker
          label={label}
          selector={selector}
          columns={columns}
          onDone={(next) => {
            onChange(writeSelector(next));
            setOpen(false);
          }}
          onCancel={() => {
            setOpen(false);
          }}
        />
      )}
    </div>
  );
};
