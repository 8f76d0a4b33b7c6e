import { setSetting } from "@/commands/acts/entries";
import { specOf } from "@/graph/catalogue";
import type { NodeEntry } from "@/graph/document";
import { useCatalogue, useSession } from "@/state/session";
import { text } from "@/text";
import { form as more } from "@/text/form";
import { Field, NumberField, Select, TextField } from "@/ui";
import { EnvironmentField } from "./EnvironmentField";
import { Retries } from "./Retries";
import { between, common } from "./settings";
import { TargetField } from "./TargetField";
import form from "./form.module.css";

const words = text.inspector;

const DISABLED = [
  { value: "", label: words.disabledChoices[""] },
  { value: "off", label: words.disabledChoices.off },
  { value: "bypass", label: words.disabledChoices.bypass },
] as const;

const RUN_IF = ["success", "always", "failure"] as const;

const MOST_PRIORITY = 100;

interface ChoiceProps {
  readonly label: string;
  readonly help?: string;
  /** null where several nodes differ. */
  readonly value: string | null;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
}

const Choice = ({ label, help, value, options, onChange }: ChoiceProps) => (
  <Field label={label} help={help}>
    {({ id, describedBy }) => (
      <Select
        id={id}
        describedBy={describedBy}
        value={value ?? "mixed"}
        options={value === null ? [...options, { value: "mixed", label: more.several.mixed }] : options}
        onChange={(next) => {
          if (next !== "mixed") onChange(next);
        }}
      />
    )}
  </Field>
);

export interface RunSettingsProps {
  readonly nodes: readonly string[];
  readonly entries: readonly NodeEntry[];
}

/** How a node, or several alike, is run. */
export const RunSettings = ({ nodes, entries }: RunSettingsProps) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const [one] = entries;
  const only = entries.length === 1 ? one : undefined;
  const target = common(entries, "target");
  const timeout = common(entries, "timeout");
  const disabled = common(entries, "disabled");
  const reuse = common(entries, "reuse");
  const runIf = common(entries, "run_if");
  const priority = common(entries, "priority");
  const usual = only ? specOf(catalogue, only)?.reuse : undefined;
  const differing = (value: unknown, otherwise: string) => (value === null ? more.several.mixed : otherwise);
  return (
    <fieldset className={form.form} disabled={session.readOnly}>
      <Choice
        label={words.reuse}
        value={reuse === null ? null : reuse === undefined ? "" : String(reuse)}
        options={[
          { value: "", label: words.reuseDefault(usual) },
          { value: "true", label: words.reuseChoices.true },
          { value: "false", label: words.reuseChoices.false },
        ]}
        onChange={(next) => {
          setSetting(session, nodes, "reuse", words.reuse, next === "" ? undefined : next === "true");
        }}
      />
      <Choice
        label={words.runIf}
        {...(runIf === "always" || runIf === "failure" ? { help: words.runIfHelp } : {})}
        value={runIf === null ? null : (runIf ?? "success")}
        options={RUN_IF.map((value) => ({ value, label: words.runIfChoices[value] }))}
        onChange={(next) => {
          const chosen = RUN_IF.find((value) => value === next);
          setSetting(session, nodes, "run_if", words.runIf, chosen === "success" ? undefined : chosen);
        }}
      />
      <TargetField
        label={words.target}
        value={target}
        fallback={words.targetDefault}
        mixed={more.several.mixed}
        onChange={(next) => {
          setSetting(session, nodes, "target", words.target, next);
        }}
      />
      <EnvironmentField
        value={common(entries, "environment")}
        mixed={more.several.mixed}
        onChange={(next) => {
          setSetting(session, nodes, "environment", words.environment, next);
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
      <Retries nodes={nodes} entries={entries} />
      <NumberField
        label={words.priority}
        help={words.priorityHelp}
        value={priority ?? null}
        integer
        minimum={-MOST_PRIORITY}
        maximum={MOST_PRIORITY}
        placeholder={differing(priority, "0")}
        {...between(priority, -MOST_PRIORITY, MOST_PRIORITY)}
        onChange={(next) => {
          setSetting(
            session,
            nodes,
            "priority",
            words.priority,
            next === null || next === 0 ? undefined : next,
          );
        }}
      />
      <Choice
        label={more.state}
        value={disabled === null ? null : (disabled ?? "")}
        options={DISABLED}
        onChange={(next) => {
          setSetting(
            session,
            nodes,
            "disabled",
            words.disabled,
            next === "off" || next === "bypass" ? next : undefined,
          );
        }}
      />
      {only && (
        <TextField
          label={words.comment}
          value={only.comment ?? ""}
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
