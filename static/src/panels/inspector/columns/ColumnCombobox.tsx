import { readSelector } from "@/graph/columns";
import type { KnownColumn } from "@/graph/columns";
import type { Json } from "@/graph/json";
import { text } from "@/text";
import { Combobox } from "@/ui";
import { TypeMark } from "./TypeMark";

const words = text.inspector.columns;

export interface ColumnComboboxProps {
  readonly id: string;
  readonly label: string;
  readonly value: Json;
  /** Undefined takes the choice away. */
  readonly onChange: (value: Json | undefined) => void;
  /** Null while they are not known. */
  readonly columns: readonly KnownColumn[] | null;
  readonly invalid: boolean;
  readonly describedBy: string | undefined;
}

/** Exactly one column: picked from those known, or typed. */
export const ColumnCombobox = ({
  id,
  label,
  value,
  onChange,
  columns,
  invalid,
  describedBy,
}: ColumnComboboxProps) => {
  const selector = readSelector(value);
  const name = selector.way === "names" ? (selector.names[0] ?? "") : "";
  return (
    <Combobox
      id={id}
      label={label}
      value={name}
      free
      placeholder={columns ? words.chooseOne : words.typeName}
      clearLabel={words.remove}
      invalid={invalid}
      describedBy={describedBy}
      options={(columns ?? []).map((column) => ({
        value: column.name,
        mark: <TypeMark column={column} />,
        hint: column.type,
      }))}
      {...(columns === null ? { empty: words.unknownText } : {})}
      onChange={(next) => {
        onChange(next === "" ? undefined : { columns: [next] });
      }}
    />
  );
};
