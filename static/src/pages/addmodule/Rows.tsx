import { Plus, X } from "lucide-react";
import { useState } from "react";
import {
  INPUT_TYPES,
  OUTPUT_TYPES,
  PARAMETER_TYPES,
  TABLE_FORMATS,
  rowsOfDeclaration,
  withFallback,
  withFormat,
  withOptional,
  withRole,
  withRow,
  withType,
  withoutRow,
} from "@/graph/declaration";
import type { DeclaredRow, Role } from "@/graph/declaration";
import type { JsonObject } from "@/graph/json";
import { addmodule as words } from "@/text/addmodule";
import { Button, IconButton, Select, TextInput } from "@/ui";
import styles from "./addmodule.module.css";

const ROLES = (["input", "output", "parameter"] as const).map((value) => ({
  value,
  label: words.roles[value],
}));
const TYPES = { input: INPUT_TYPES, output: OUTPUT_TYPES, parameter: PARAMETER_TYPES } as const;
const LABELS: Readonly<Record<string, string>> = words.types;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

const labelOf = (type: string): string => LABELS[type.toLowerCase()] ?? type;

const typesOf = (row: DeclaredRow) => {
  const known: readonly string[] = TYPES[row.role];
  const all = known.includes(row.type) || row.type === "" ? known : [row.type, ...known];
  return all.map((value) => ({ value, label: labelOf(value) }));
};

const roleOf = (value: string): Role => (value === "output" || value === "parameter" ? value : "input");

interface RowProps {
  readonly declaration: JsonObject;
  readonly row: DeclaredRow;
  readonly why: string;
  readonly line: number;
  readonly onChange: (declaration: JsonObject) => void;
}

const Row = ({ declaration, row, why, line, onChange }: RowProps) => (
  <tr>
    <th scope="row">
      <code>{row.name}</code>
      <span className={styles.why}>{why !== "" ? why : line > 0 ? words.at(line) : ""}</span>
    </th>
    <td>
      <Select
        compact
        label={`${row.name}: ${words.columns.role}`}
        value={row.role}
        options={ROLES}
        onChange={(value) => {
          onChange(withRole(declaration, row, roleOf(value)));
        }}
      />
    </td>
    <td>
      <Select
        compact
        label={`${row.name}: ${words.columns.type}`}
        value={row.type}
        options={typesOf(row)}
        disabled={row.type === "choice"}
        onChange={(value) => {
          onChange(withType(declaration, row, value));
        }}
      />
    </td>
    <td>
      {row.role === "parameter" ? (
        <TextInput
          mono
          aria-label={`${row.name}: ${words.columns.more}`}
          value={row.fallback}
          placeholder={words.noDefault}
          onChange={(value) => {
            onChange(withFallback(declaration, row, value));
          }}
        />
      ) : (
        <span className={styles.port}>
          {row.type === "table" && (
            <Select
              compact
              label={`${row.name}: ${words.columns.more}`}
              value={row.format === "" ? "parquet" : row.format}
              options={TABLE_FORMATS.map((value) => ({ value, label: words.formats[value] }))}
              onChange={(value) => {
                onChange(withFormat(declaration, row, value));
              }}
            />
          )}
          <label className={styles.optional}>
            <input
              type="checkbox"
              checked={row.optional}
              onChange={(event) => {
                onChange(withOptional(declaration, row, event.target.checked));
              }}
            />
            {words.optional}
          </label>
        </span>
      )}
    </td>
    <td>
      <IconButton
        small
        label={words.remove(row.name)}
        onClick={() => {
          onChange(withoutRow(declaration, row));
        }}
      >
        <X />
      </IconButton>
    </td>
  </tr>
);

export interface RowsProps {
  readonly declaration: JsonObject;
  readonly guesses: Readonly<Record<string, string>>;
  readonly lines: Readonly<Record<string, number>>;
  readonly onChange: (declaration: JsonObject) => void;
}

/** The ports and parameters that were read, each with why, to be changed. */
export const Rows = ({ declaration, guesses, lines, onChange }: RowsProps) => {
  const rows = rowsOfDeclaration(declaration);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("parameter");
  const taken = rows.some((row) => row.name === name && (row.side === "outputs") === (role === "output"));
  const add = (): void => {
    onChange(withRow(declaration, role, name));
    setName("");
  };
  return (
    <>
      {rows.length > 0 && (
        <table className={styles.rows}>
          <thead>
            <tr>
              <th scope="col">{words.columns.name}</th>
              <th scope="col">{words.columns.role}</th>
              <th scope="col">{words.columns.type}</th>
              <th scope="col">{words.columns.more}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row
                key={`${row.side}.${row.name}`}
                declaration={declaration}
                row={row}
                why={guesses[`${row.side}.${row.name}`] ?? ""}
                line={lines[`${row.side}.${row.name}`] ?? 0}
                onChange={onChange}
              />
            ))}
          </tbody>
        </table>
      )}
      <div className={styles.more}>
        <TextInput
          mono
          aria-label={words.newName}
          placeholder={words.newPlaceholder}
          value={name}
          onChange={setName}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            if (NAME.test(name) && !taken) add();
          }}
        />
        <Select
          compact
          label={words.columns.role}
          value={role}
          options={ROLES}
          onChange={(value) => {
            setRole(roleOf(value));
          }}
        />
        <Button size="small" icon={<Plus />} disabled={!NAME.test(name) || taken} onClick={add}>
          {words.more}
        </Button>
      </div>
    </>
  );
};
