import { useEffect, useState } from "react";
import { CardPicture } from "@/canvas/CardPicture";
import { makeCatalogue, referenceOf } from "@/graph/catalogue";
import type { Catalogue, ModuleSpec, Port } from "@/graph/catalogue";
import { EMPTY } from "@/graph/document";
import type { NodeEntry, PipelineDocument } from "@/graph/document";
import { familyOf, typeTitle } from "@/graph/ports";
import type { KnownColumn } from "@/graph/columns";
import { ParametersForm } from "@/panels/inspector/ParametersForm";
import { SessionProvider, createSession, documentOf, openDocument, useDocument } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { studio as words } from "@/text/studio";
import { Chip, PortMark, classes } from "@/ui";
import styles from "./studio.module.css";
import { TESTED } from "./useTrial";

/** A pipeline of this one node, with a wire into each input, so that the form knows the columns that come. */
const documentFor = (spec: ModuleSpec, before: NodeEntry | undefined): PipelineDocument => ({
  ...EMPTY,
  nodes: {
    [TESTED]: {
      module: referenceOf(spec),
      inputs: Object.fromEntries(spec.inputs.map(({ name }) => [name, `${name} data.data`])),
      ...(before?.parameters === undefined ? {} : { parameters: before.parameters }),
    },
  },
  layout: { [TESTED]: [0, 0] },
});

const showSpec = (session: Session, spec: ModuleSpec, catalogue: Catalogue): void => {
  session.catalogue.setState(makeCatalogue([spec], [...catalogue.portTypes.values()], []), true);
  openDocument(session, documentFor(spec, documentOf(session).nodes[TESTED]));
};

/** The session of the node that the source makes: its form is filled for tests. */
export const useNodeSession = (
  spec: ModuleSpec | null,
  catalogue: Catalogue,
  columns: Readonly<Record<string, readonly KnownColumn[]>>,
): Session => {
  const [session] = useState(() => {
    const made = createSession({ pipeline: "" });
    if (spec) showSpec(made, spec, catalogue);
    return made;
  });
  useEffect(() => {
    if (spec) showSpec(session, spec, catalogue);
  }, [session, spec, catalogue]);
  useEffect(() => {
    session.columns.setState(
      Object.fromEntries(Object.entries(columns).map(([port, known]) => [`${port} data`, { data: known }])),
      true,
    );
  }, [session, columns]);
  return session;
};

const Ports = ({
  title,
  ports,
  catalogue,
}: {
  readonly title: string;
  readonly ports: readonly Port[];
  readonly catalogue: Catalogue;
}) => (
  <div className={styles.ports}>
    <h4>{title}</h4>
    {ports.length === 0 && <span className={styles.quiet}>{words.noPorts}</span>}
    {ports.map((port) => (
      <div key={port.name} className={styles.port} title={port.help}>
        <PortMark family={familyOf(catalogue, port.type)} type={port.type} filled />
        <span>{port.label}</span>
        <span className={styles.quiet}>
          {typeTitle(catalogue, port.type)}
          {port.optional && `, ${text.inspector.optional}`}
        </span>
      </div>
    ))}
  </div>
);

const Form = ({ spec }: { readonly spec: ModuleSpec }) => {
  const entry = useDocument((document) => document.nodes[TESTED]);
  if (!entry || entry.module !== referenceOf(spec)) return null;
  return <ParametersForm node={TESTED} entry={entry} spec={spec} findings={[]} />;
};

export interface PreviewProps {
  readonly session: Session;
  readonly spec: ModuleSpec;
  readonly catalogue: Catalogue;
  /** The source says something else by now, which cannot be read. */
  readonly stale: boolean;
}

/** The node as it will stand on a canvas: its card and its ports. */
export const NodePicture = ({ session, spec, catalogue, stale }: PreviewProps) => (
  <SessionProvider value={session}>
    <div className={classes(styles.node, stale && styles.stale)} data-testid="module-node">
      <div className={styles.stage}>
        <CardPicture id={TESTED} />
      </div>
      <div className={styles.sides}>
        <Ports title={words.inputs} ports={spec.inputs} catalogue={catalogue} />
        <Ports title={words.outputs} ports={spec.outputs} catalogue={catalogue} />
      </div>
      {spec.dependencies.length > 0 && (
        <p className={styles.packages}>
          {spec.dependencies.map((one) => (
            <Chip key={one}>{one}</Chip>
          ))}
        </p>
      )}
    </div>
  </SessionProvider>
);

/** The form of its parameters, as the inspector will show it. */
export const NodeForm = ({ session, spec, stale }: Omit<PreviewProps, "catalogue">) => (
  <SessionProvider value={session}>
    <div className={classes(stale && styles.stale)}>
      <Form spec={spec} />
    </div>
  </SessionProvider>
);
