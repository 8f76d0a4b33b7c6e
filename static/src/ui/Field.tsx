import { useId, useState } from "react";
import type { InputHTMLAttributes, ReactNode, Ref, TextareaHTMLAttributes } from "react";
import { classes } from "./classes";
import styles from "./Field.module.css";

export interface FieldProps {
  readonly label: string;
  /** What it means, under the label. */
  readonly help?: ReactNode;
  /** A short fact at the right of the label, such as the range. */
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly actions?: ReactNode;
  /** Draws the control, given the ids that tie it to label and error. */
  readonly children: (ids: { readonly id: string; readonly describedBy: string | undefined }) => ReactNode;
}

/** A labelled control with help, hint and error at the field. */
export const Field = ({ label, help, hint, error, actions, children }: FieldProps) => {
  const id = useId();
  const note = `${id}-note`;
  const described = error !== undefined || help !== undefined ? note : undefined;
  return (
    <div className={styles.field}>
      <div className={styles.labelRow}>
        <label htmlFor={id} className={styles.label}>
          {label}
        </label>
        {hint !== undefined && <span className={styles.hint}>{hint}</span>}
        {actions}
      </div>
      {children({ id, describedBy: described })}
      {error !== undefined ? (
        <p id={note} className={styles.error} role="alert">
          {error}
        </p>
      ) : (
        help !== undefined && (
          <p id={note} className={styles.help}>
            {help}
          </p>
        )
      )}
    </div>
  );
};

export interface TextInputProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly invalid?: boolean;
  readonly mono?: boolean;
  readonly icon?: ReactNode;
  readonly ref?: Ref<HTMLInputElement>;
}

/** A line of text. */
export const TextInput = ({ value, onChange, invalid, mono, icon, className, ...rest }: TextInputProps) => {
  const input = (
    <input
      type="text"
      className={classes(styles.input, mono && styles.mono, icon !== undefined && styles.withIcon, className)}
      value={value}
      aria-invalid={invalid ?? undefined}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => {
        onChange(event.target.value);
      }}
      {...rest}
    />
  );
  if (icon === undefined) return input;
  return (
    <span className={styles.iconBox}>
      {icon}
      {input}
    </span>
  );
};

export interface TextAreaProps extends Omit<
  TextareaHTMLAttributes<HTMLTextAreaElement>,
  "onChange" | "value"
> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly ref?: Ref<HTMLTextAreaElement>;
}

/** Several lines of text. */
export const TextArea = ({ value, onChange, className, ...rest }: TextAreaProps) => (
  <textarea
    className={classes(styles.input, styles.area, className)}
    value={value}
    spellCheck={false}
    onChange={(event) => {
      onChange(event.target.value);
    }}
    {...rest}
  />
);

export interface NumberInputProps {
  readonly id?: string;
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
  readonly integer?: boolean;
  readonly minimum?: number | null;
  readonly maximum?: number | null;
  readonly step?: number;
  readonly placeholder?: string;
  readonly invalid?: boolean;
  readonly label?: string;
  readonly describedBy?: string | undefined;
  readonly disabled?: boolean;
  readonly suffix?: string;
}

/** The number a text means: null when empty, undefined when it is none. */
export const readNumber = (text: string, integer: boolean): number | null | undefined => {
  const trimmed = text.trim().replaceAll("\u2009", "").replaceAll(" ", "");
  if (trimmed === "") return null;
  const value = Number(trimmed);
  if (!Number.isFinite(value) || (integer && !Number.isInteger(value))) return undefined;
  return value;
};

/**
 * A number. What is being typed stays as typed until it is left, so "1e-" is not eaten; arrow keys step.
 */
export const NumberInput = ({
  id,
  value,
  onChange,
  integer = false,
  minimum,
  maximum,
  step,
  placeholder,
  invalid,
  label,
  describedBy,
  disabled,
  suffix,
}: NumberInputProps) => {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (value === null ? "" : String(value));
  const wrong = typed !== null && readNumber(typed, integer) === undefined;
  const nudge = (by: number) => {
    const unit = step ?? (integer ? 1 : (maximum ?? Infinity) <= 1 ? 0.05 : 0.1);
    const next = Number(((value ?? minimum ?? 0) + by * unit).toPrecision(12));
    setTyped(null);
    onChange(Math.min(maximum ?? Infinity, Math.max(minimum ?? -Infinity, next)));
  };
  return (
    <span className={styles.numberBox}>
      <input
        id={id}
        className={classes(styles.input, styles.number)}
        type="text"
        inputMode={integer ? "numeric" : "decimal"}
        role="spinbutton"
        aria-label={label}
        aria-valuenow={value ?? undefined}
        aria-valuemin={minimum ?? undefined}
        aria-valuemax={maximum ?? undefined}
        aria-invalid={(invalid ?? wrong) || wrong ? true : undefined}
        aria-describedby={describedBy}
        disabled={disabled}
        placeholder={placeholder}
        autoComplete="off"
        value={shown}
        onChange={(event) => {
          setTyped(event.target.value);
          const next = readNumber(event.target.value, integer);
          if (next !== undefined) onChange(next);
        }}
        onBlur={() => {
          setTyped(null);
        }}
        onKeyDown={(event) => {
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          event.preventDefault();
          nudge((event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1));
        }}
      />
      {suffix !== undefined && <span className={styles.suffix}>{suffix}</span>}
    </span>
  );
};

export interface SelectOption {
  readonly value: string;
  readonly label: string;
}

export interface SelectProps {
  readonly id?: string;
  readonly label?: string;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly onChange: (value: string) => void;
  readonly disabled?: boolean;
  readonly invalid?: boolean;
  readonly describedBy?: string | undefined;
  readonly compact?: boolean;
}

/** One of several: the browser's own list, which every keyboard, screen reader and phone knows. */
export const Select = ({
  id,
  label,
  value,
  options,
  onChange,
  disabled,
  invalid,
  describedBy,
  compact,
}: SelectProps) => (
  <select
    id={id}
    aria-label={label}
    aria-describedby={describedBy}
    aria-invalid={invalid ?? undefined}
    className={classes(styles.input, styles.select, compact && styles.compact)}
    value={value}
    disabled={disabled}
    onChange={(event) => {
      onChange(event.target.value);
    }}
  >
    {options.map((option) => (
      <option key={option.value} value={option.value}>
        {option.label}
      </option>
    ))}
  </select>
);

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly rows?: number;
}

/** A labelled text: one line, or several with `rows`. */
export const TextField = ({ label, value, onChange, help, error, placeholder, rows }: TextFieldProps) => (
  <Field label={label} help={help} error={error}>
    {({ id, describedBy }) =>
      rows === undefined ? (
        <TextInput
          id={id}
          value={value}
          onChange={onChange}
          placeholder={placeholder}
          invalid={error !== undefined}
          aria-describedby={describedBy}
        />
      ) : (
        <TextArea
          id={id}
          value={value}
          onChange={onChange}
          placeholder={placeholder}
          rows={rows}
          aria-describedby={describedBy}
        />
      )
    }
  </Field>
);

export interface NumberFieldProps extends Omit<NumberInputProps, "id" | "label"> {
  readonly label: string;
  readonly help?: ReactNode;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
}

/** A labelled number. */
export const NumberField = ({ label, help, hint, error, ...rest }: NumberFieldProps) => (
  <Field label={label} help={help} hint={hint} error={error}>
    {({ id, describedBy }) => (
      <NumberInput id={id} describedBy={describedBy} invalid={error !== undefined} {...rest} />
    )}
  </Field>
);
