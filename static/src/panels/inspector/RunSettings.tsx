import { setSetting } from "@/commands/acts/entries";
import type { NodeEntry } from "@/graph/document";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { form as more } from "@/text/form";
import { Field, NumberField, Select, TextField, formatCount } from "@/ui";
import { TargetField } from "./TargetField";
import form from "./form.module.css";

const words = text.inspector;

const DISABLED = [
  { value: "", label: words.disabledChoices[""] },
  { value: "off", label: words.disabledChoices.off },
  { value: "bypass", label: words.disabledChoices.bypass },
] as const;

/** What all entries say; undefined where none says anything, null where they differ. */
const common = <K extends keyof NodeEntry>(
  entries: readonly NodeEntry[],
  key: K,
): NodeEntry[K] | null | undefined => {
  const [first] = entries;
  return entries.every((entry) => entry[key] === first?.[key]) ? first?.[key] : null;
};

/** The server's bounds. */
const MOST_RETRIES = 100;
const LONGEST_DELAY = 86_400;

/** The error of a number outside 0 to a bound, as a property of its field. */
const wrongBetween = (value: number | null | undefined, most: number): { readonly error?: string } => {
  if (value === null || value === undefined || (value >= 0 && value <= most)) return {};
  return {
    error: value < 0 ? words.wrong.minimum("0", false) : words.wrong.maximum(formatCount(most), false),
  };
};

export interface RunSettingsProps {
  readonly nodes: readonly string[];
  readonly entries: readonly NodeEntry[];
}

/** How a node, or several alike, is run. */
export const RunSettings = ({ nodes, entries }: RunSettingsProps) => {
  const session = useSession();
  const one = nodes.length === 1;
  const target = common(entries, "target");
  const timeout = common(entries, "timeout");
  const retries = common(entries, "retries");
  const delay = common(entries, "retry_delay");
  const disabled = common(entries, "disabled");
  const differing = (value: unknown, otherwise: string) => (value === null ? more.several.mixed : otherwise);
  return (
    <fieldset className={form.form} disabled={session.readOnly}>
      <TargetField
        label={words.target}
        value={target}
        fallback={words.targetDefault}
        mixed={more.several.mixed}
        onChange={(next) => {
          setSetting(session, nodes, "target", words.target, next);
        }}
      />
      <NumberField
        label={words.timeout}
        value={timeout ?? null}
        minimum={0}
        step={60}
        suffix={words.seconds}
        placeholder={differing(timeout, words.noLimit)}
        {...(typeof timeout === "number" && timeout <= 0 ? { error: words.wrong.minimum("0", true) } : {})}
        onChange={(next) => {
          setSetting(session, nodes, "timeout", words.timeout, next ?? undefined);
        }}
      />
      <NumberField
        label={words.retries}
        value={retries ?? null}
        integer
        minimum={0}
        placeholder={differing(retries, "0")}
        {...wrongBetween(retries, MOST_RETRIES)}
        onChange={(next) => {
          setSetting(
            session,
            nodes,
            "retries",
            words.retries,
            next === null || next === 0 ? undefined : next,
          );
        }}
      />
      {(retries === null || (retries ?? 0) > 0) && (
        <NumberField
          label={words.retryDelay}
          value={delay ?? null}
          minimum={0}
          step={5}
          suffix={words.seconds}
          placeholder={differing(delay, "0")}
          {...wrongBetween(delay, LONGEST_DELAY)}
          onChange={(next) => {
            setSetting(session, nodes, "retry_delay", words.retryDelay, next ?? undefined);
          }}
        />
      )}
      <Field label={more.state}>
        {({ id }) => (
          <Select
            id={id}
            value={disabled === null ? "mixed" : (disabled ?? "")}
            options={
              disabled === null ? [...DISABLED, { value: "mixed", label: more.several.mixed }] : DISABLED
            }
            onChange={(next) => {
              if (next === "mixed") return;
              setSetting(
                session,
                nodes,
                "disabled",
                words.disabled,
                next === "off" || next === "bypass" ? next : undefined,
              );
            }}
          />
        )}
      </Field>
      {one && (
        <TextField
          label={words.comment}
          value={entries[0]?.comment ?? ""}
          rows={3}
          placeholder={words.commentPlaceholder}
          onChange={(next) => {
            setSetting(session, nodes, "comment", words.comment, next === "" ? undefined : next);
          }}
        />
      )}
    </fieldset>
  );
};
