import { useEnvironments } from "@/api/queries.environments";
import { text } from "@/text";
import { Field, Select } from "@/ui";

const words = text.inspector;

/** No environment has this name. */
const MIXED = "\n";

export interface EnvironmentFieldProps {
  /** The chosen name; null where several nodes differ, undefined where none is chosen. */
  readonly value: string | null | undefined;
  readonly mixed: string;
  readonly onChange: (name: string | undefined) => void;
}

/** The software a step runs in: one of the named environments, or the one a document names though it is not there. */
export const EnvironmentField = ({ value, mixed, onChange }: EnvironmentFieldProps) => {
  const pages = useEnvironments().data?.pages ?? [];
  const names = pages.flatMap((page) => page.items.flatMap((one) => one.names)).sort();
  const unknown = typeof value === "string" && value !== "" && !names.includes(value);
  if (names.length === 0 && (value === undefined || value === "")) return null;
  return (
    <Field label={words.environment}>
      {({ id }) => (
        <Select
          id={id}
          value={value === null ? MIXED : (value ?? "")}
          options={[
            ...(value === null ? [{ value: MIXED, label: mixed }] : []),
            { value: "", label: words.environmentDefault },
            ...names.map((name) => ({ value: name, label: name })),
            ...(unknown ? [{ value, label: words.environmentUnknown(value) }] : []),
          ]}
          onChange={(next) => {
            if (next !== MIXED) onChange(next === "" ? undefined : next);
          }}
        />
      )}
    </Field>
  );
};
