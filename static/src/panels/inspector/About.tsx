import { referenceOf } from "@/graph/catalogue";
import type { ModuleSpec, Port } from "@/graph/catalogue";
import { familyOf, typeTitle } from "@/graph/ports";
import { useCatalogue } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { PortMark } from "@/ui";
import { Markdown } from "@/ui/markdown";
import styles from "./Inspector.module.css";

const words = text.inspector;

interface PortsProps {
  readonly title: string;
  readonly ports: readonly Port[];
  readonly none: string;
}

const Ports = ({ title, ports, none }: PortsProps) => {
  const catalogue = useCatalogue();
  return (
    <section className={styles.section}>
      <h3>{title}</h3>
      {ports.length === 0 ? (
        <p className={styles.faint}>{none}</p>
      ) : (
        <ul className={styles.ports}>
          {ports.map((port) => (
            <li key={port.name}>
              <PortMark family={familyOf(catalogue, port.type)} type={port.type} filled />
              <div>
                <span>{port.label}</span>
                <span className={styles.portType}>
                  {form.about.port(typeTitle(catalogue, port.type), port.optional)}
                </span>
                {port.help !== "" && <p className={styles.faint}>{port.help}</p>}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};

export interface AboutProps {
  readonly node: string;
  readonly spec: ModuleSpec;
}

/** What a module is: its description, version, ports and packages. */
export const About = ({ node, spec }: AboutProps) => {
  return (
    <div className={styles.stack}>
      {spec.description !== "" && <Markdown text={spec.description} />}
      <Ports title={words.inputs} ports={spec.inputs} none={form.about.noInputs} />
      <Ports title={words.outputs} ports={spec.outputs} none={form.about.noOutputs} />
      <section className={styles.section}>
        <h3>{words.dependencies}</h3>
        {spec.dependencies.length === 0 ? (
          <p className={styles.faint}>{form.about.noPackages}</p>
        ) : (
          <ul className={styles.packages}>
            {spec.dependencies.map((name) => (
              <li key={name}>
                <code>{name}</code>
              </li>
            ))}
          </ul>
        )}
      </section>
      <dl className={styles.factList}>
        <dt>{words.moduleName}</dt>
        <dd>
          <code>{referenceOf(spec)}</code>
        </dd>
        <dt>{form.about.id}</dt>
        <dd>
          <code>{node}</code>
        </dd>
        <dt>{words.category}</dt>
        <dd>{spec.category}</dd>
        {spec.tags.length > 0 && (
          <>
            <dt>{form.about.tags}</dt>
            <dd>{spec.tags.join(", ")}</dd>
          </>
        )}
      </dl>
    </div>
  );
};
