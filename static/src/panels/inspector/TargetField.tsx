import { useTargets } from "@/api/queries.targets";
import { text } from "@/text";
import { Combobox, Field } from "@/ui";

const words = text.inspector;

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
  const list = useTargets().data?.items;
  const targets = list ?? [];
  const unknown =
    typeof value === "string" && list !== undefined && !targets.some(({ name }) => name === value);
  return (
    <Field label={label} error={unknown ? words.targetUnknown : undefined}>
      {({ id, describedBy }) => (
        <Combobox
          id={id}
          label={label}
          describedBy={describedBy}
          invalid={unknown}
          value={value === null ? MIXED : (value ?? "")}
          placeholder={fallback}
          options={[
            ...(value === null ? [{ value: MIXED, label: mixed }] : []),
            { value: "", label: fallback },
            ...targets.map(({ name, title, state, slots }) => ({
              value: name,
              label: title,
              hint: words.targetStates[state] || words.slots(slots),
            })),
            ...(unknown ? [{ value, label: value }] : []),
          ]}
          empty={words.noTarget}
          onChange={(next) => {
            if (next !== MIXED) onChange(next === "" ? undefined : next);
          }}
        />
      )}
    </Field>
  );
};
