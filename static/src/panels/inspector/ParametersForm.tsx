import type { ModuleSpec } from "@/graph/catalogue";
import type { NodeEntry } from "@/graph/document";
import type { Finding } from "@/graph/finding";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { ParameterField } from "./ParameterField";
import { NO_VALUES, differs, visible } from "./values";
import styles from "./form.module.css";

export interface ParametersFormProps {
  readonly node: string;
  readonly entry: NodeEntry;
  readonly spec: ModuleSpec;
  readonly findings: readonly Finding[];
}

/** The form of a module's parameters, in the module's order. What does not count is hidden and its value kept. */
export const ParametersForm = ({ node, entry, spec, findings }: ParametersFormProps) => {
  const { readOnly } = useSession();
  const values = entry.parameters ?? NO_VALUES;
  const shown = visible(spec.parameters, values);
  const remembered = spec.parameters.filter(
    (parameter) => !shown.includes(parameter) && differs(parameter, values),
  ).length;
  if (spec.parameters.length === 0) return <p className={styles.nothing}>{text.inspector.noParameters}</p>;
  return (
    <fieldset className={styles.form} disabled={readOnly}>
      {shown.map((parameter) => (
        <ParameterField
          key={`${node}:${parameter.name}`}
          node={node}
          entry={entry}
          spec={spec}
          parameter={parameter}
          values={values}
          findings={findings.filter((finding) => finding.parameter === parameter.name)}
        />
      ))}
      {remembered > 0 && <p className={styles.hidden}>{form.hidden(remembered)}</p>}
    </fieldset>
  );
};
