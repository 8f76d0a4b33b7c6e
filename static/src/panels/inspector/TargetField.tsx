import { useSystem } from "@/api/queries.previews";
import { Field, Select } from "@/ui";

export interface TargetFieldProps {
  readonly label: string;
  /** The chosen target; null where several nodes differ, undefined where none is chosen. */
  readonly value: string | null | undefined;
  /** What no choice means. */
  readonly fallback: string;
  /** What stands for several that differ. */
  readonly mixed?: string;
  readonly onChange: (target: string | undefined) => void;
}

/** No target has this name. */
const MIXED = "\n";

/** Where steps run: one of the targets there are, or the one a document names though it is not there. */
export const TargetField = ({ label, value, fallback, mixed = "", onChange }: TargetFieldProps) => {
  const targets = useSystem().data?.targets ?? [];
  const unknown = typeof value === "string" && !targets.some(({ name }) => name === value);
  return (
    <Field label={label}>
      {({ id }) => (
        <Select
          id={id}
          value={value === null ? MIXED : (value ?? "")}
          options={[
            ...(value === null ? [{ value: MIXED, label: mixed }] : []),
            { value: "", label: fallback },
            ...targets.map(({ name, title }) => ({ value: name, label: title })),
            ...(unknown ? [{ value, label: value }] : []),
          ]}
          onChange={(next) => {
            if (next !== MIXED) onChange(next === "" ? undefined : next);
          }}
        />
      )}
    </Field>
  );
};
