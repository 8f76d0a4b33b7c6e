import { useState } from "react";
import type { Finding } from "@/graph/finding";
import { targets } from "@/text/targets";
import { Field, NumberInput, Select, Switch, TextArea, TextInput } from "@/ui";
import { divided, isRecord } from "./form";
import type { OptionField } from "./form";
import styles from "./targets.module.css";

const words = targets.form;

export interface OptionsFormProps {
  readonly fields: readonly OptionField[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];
  readonly onChange: (name: string, value: unknown) => void;
}

interface ControlProps {
  readonly field: OptionField;
  readonly value: unknown;
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
  readonly onChange: (value: unknown) => void;
}

const shown = (value: unknown): string => (typeof value === "string" ? value : "");
const fallbackOf = (field: OptionField): string =>
  typeof field.fallback === "string" || typeof field.fallback === "number" ? String(field.fallback) : "";

/** JSON as somebody types it: what is none yet stays as it is typed. */
const JsonText = ({ field, value, id, describedBy, onChange }: ControlProps) => {
  const [typed, setTyped] = useState(() => JSON.stringify(value ?? field.fallback ?? null));
  const [wrong, setWrong] = useState(false);
  return (
    <>
      <TextArea
        id={id}
        className={styles.code}
        rows={2}
        aria-describedby={describedBy}
        aria-invalid={wrong || undefined}
        value={typed}
        onChange={(next) => {
          setTyped(next);
          try {
            const read: unknown = JSON.parse(next);
            setWrong(false);
            onChange(read);
          } catch {
            setWrong(true);
          }
        }}
      />
      {wrong && <p className={styles.wrong}>{words.notJson}</p>}
    </>
  );
};

const Control = (props: ControlProps) => {
  const { field, value, id, describedBy, invalid, onChange } = props;
  const about = { id, "aria-describedby": describedBy };
  switch (field.control) {
    case "integer":
    case "number":
      return (
        <NumberInput
          id={id}
          describedBy={describedBy}
          integer={field.control === "integer"}
          minimum={field.minimum}
          maximum={field.maximum}
          invalid={invalid}
          placeholder={fallbackOf(field) || words.notSet}
          value={typeof value === "number" ? value : null}
          onChange={onChange}
        />
      );
    case "choice":
      return (
        <Select
          id={id}
          describedBy={describedBy}
          invalid={invalid}
          value={shown(value) || fallbackOf(field)}
          options={field.choices.map((one) => ({ value: one, label: one }))}
          onChange={onChange}
        />
      );
    case "lines":
      return (
        <TextArea {...about} className={styles.code} rows={4} value={shown(value)} onChange={onChange} />
      );
    case "secret":
    case "secretLines": {
      const kept = isRecord(value) ? { placeholder: words.kept } : {};
      return field.control === "secret" ? (
        <TextInput
          {...about}
          {...kept}
          type="password"
          autoComplete="new-password"
          invalid={invalid}
          value={shown(value)}
          onChange={onChange}
        />
      ) : (
        <TextArea
          {...about}
          {...kept}
          className={styles.code}
          rows={4}
          value={shown(value)}
          onChange={onChange}
        />
      );
    }
    case "json":
      return <JsonText {...props} />;
    default:
      return (
        <TextInput
          {...about}
          invalid={invalid}
          placeholder={fallbackOf(field)}
          value={shown(value)}
          onChange={onChange}
        />
      );
  }
};

const One = ({ field, values, findings, onChange }: OptionsFormProps & { readonly field: OptionField }) => {
  const mine = findings.filter((finding) => finding.parameter === field.name && finding.severity === "error");
  const change = (value: unknown): void => {
    onChange(field.name, value);
  };
  const value = values[field.name];
  if (field.control === "switch")
    return (
      <Switch
        label={field.title}
        help={field.help}
        checked={typeof value === "boolean" ? value : field.fallback === true}
        onChange={change}
      />
    );
  return (
    <Field
      label={field.title}
      help={field.control === "json" ? `${field.help} ${words.json}` : field.help}
      error={mine[0]?.message}
    >
      {(ids) => <Control field={field} value={value} invalid={mine.length > 0} onChange={change} {...ids} />}
    </Field>
  );
};

/** The options of a kind, drawn from its schema. */
export const OptionsForm = (props: OptionsFormProps) => {
  const [open, more] = divided(props.fields);
  const troubled = more.some((field) => props.findings.some(({ parameter }) => parameter === field.name));
  const fields = (some: readonly OptionField[]) =>
    some.map((field) => <One key={field.name} {...props} field={field} />);
  return (
    <>
      {fields(open)}
      {more.length > 0 && (
        <details className={styles.more} {...(troubled ? { open: true } : {})}>
          <summary>{words.more}</summary>
          <div className={styles.form}>{fields(more)}</div>
        </details>
      )}
    </>
  );
};
