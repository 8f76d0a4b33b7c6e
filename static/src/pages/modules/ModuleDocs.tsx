import type { Catalogue, ModuleSpec, Parameter, Port } from "@/graph/catalogue";
import { referenceOf } from "@/graph/catalogue";
import { familyOf, typeTitle } from "@/graph/ports";
import { Link } from "react-router";
import { studio } from "@/text/studio";
import { Markdown } from "@/ui/markdown";
import { text } from "@/text";
import { CategoryIcon, Chip, PortMark } from "@/ui";
import styles from "./modules.module.css";

interface PortsProps {
  readonly title: string;
  readonly ports: readonly Port[];
  readonly catalogue: Catalogue;
}

const Ports = ({ title, ports, catalogue }: PortsProps) => (
  <section>
    <h3 className={styles.heading}>{title}</h3>
    {ports.length === 0 && <p className={styles.quiet}>{text.modules.none}</p>}
    {ports.map((port) => (
      <div key={port.name} className={styles.port}>
        <PortMark family={familyOf(catalogue, port.type)} type={port.type} filled />
        <span>
          {port.label} <code className={styles.quiet}>{port.name}</code>
          {port.help !== "" && <span className={styles.help}>{port.help}</span>}
        </span>
        <span className={styles.quiet}>
          {typeTitle(catalogue, port.type)}
          {port.optional && `, ${text.inspector.optional}`}
        </span>
      </div>
    ))}
  </section>
);

const shown = (value: Parameter["default"]): string =>
  typeof value === "string"
    ? value.split("\n", 1)[0]?.slice(0, 60) || "“”"
    : JSON.stringify(value).slice(0, 60);

const range = ({ minimum, maximum, exclusive_minimum, exclusive_maximum }: Parameter): string => {
  const { range: words } = text.inspector;
  if (minimum !== null && maximum !== null) return words.both(String(minimum), String(maximum));
  if (minimum !== null) return words.minimum(String(minimum), exclusive_minimum);
  return maximum === null ? "" : words.maximum(String(maximum), exclusive_maximum);
};

const Parameters = ({ parameters }: { readonly parameters: readonly Parameter[] }) => (
  <section>
    <h3 className={styles.heading}>{text.modules.parameters}</h3>
    {parameters.length === 0 && <p className={styles.quiet}>{text.modules.none}</p>}
    {parameters.map((parameter) => (
      <div key={parameter.name} className={styles.parameter}>
        <span>
          {parameter.label} <code className={styles.quiet}>{parameter.name}</code>
          {parameter.help !== "" && <span className={styles.help}>{parameter.help}</span>}
          {parameter.choices.length > 0 && (
            <span className={styles.help}>{parameter.choices.map(String).join(" · ")}</span>
          )}
        </span>
        <span className={styles.facts}>
          <span>{parameter.kind}</span>
          <span className={styles.quiet}>{range(parameter)}</span>
          <span className={styles.quiet}>
            {parameter.required
              ? text.inspector.required
              : parameter.default === null
                ? text.inspector.notSet
                : `${text.modules.default} ${shown(parameter.default)}`}
          </span>
        </span>
      </div>
    ))}
  </section>
);

/** What a module does, takes and gives. */
export const ModuleDocs = ({
  spec,
  catalogue,
}: {
  readonly spec: ModuleSpec;
  readonly catalogue: Catalogue;
}) => (
  <article className={styles.docs}>
    <header className={styles.header}>
      <CategoryIcon category={spec.category} size={40} />
      <div>
        <h2 className={styles.name}>{spec.title}</h2>
        <p className={styles.quiet}>
          {spec.category} · <code>{referenceOf(spec)}</code>
          {spec.own === true && ` · ${text.modules.own}`}
        </p>
      </div>
      <span className={styles.space} />
      <Link
        className={styles.act}
        to={
          spec.own === true
            ? `/modules/${spec.name}/edit`
            : `/modules/new?from=${encodeURIComponent(referenceOf(spec))}`
        }
      >
        {spec.own === true ? studio.edit : studio.makeOwn}
      </Link>
    </header>
    <Markdown text={spec.description} />
    <Ports title={text.modules.inputs} ports={spec.inputs} catalogue={catalogue} />
    <Ports title={text.modules.outputs} ports={spec.outputs} catalogue={catalogue} />
    <Parameters parameters={spec.parameters} />
    {spec.dependencies.length > 0 && (
      <section>
        <h3 className={styles.heading}>{text.inspector.dependencies}</h3>
        <p className={styles.chips}>
          {spec.dependencies.map((dependency) => (
            <Chip key={dependency}>{dependency}</Chip>
          ))}
        </p>
      </section>
    )}
  </article>
);
