import { specOf } from "@/graph/catalogue";
import { readSource } from "@/graph/edges";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";

/** What a node reads, as the address of the module's page says it: so that it is tested with the same. */
const inputsOf = (session: Session, node: string): Readonly<Record<string, unknown>> => {
  const { nodes } = documentOf(session);
  const { id } = session.run.getState();
  return Object.fromEntries(
    Object.entries(nodes[node]?.inputs ?? {}).flatMap(([port, text]): [string, unknown][] => {
      const source = readSource(text);
      if (!source) return [];
      const dataset = nodes[source.node]?.dataset;
      if (dataset !== undefined && dataset !== "") return [[port, { dataset }]];
      const made = session.statuses.get(source.node)?.outputs?.[source.output];
      return id !== null && made ? [[port, { run: id, node: source.node, output: source.output }]] : [];
    }),
  );
};

/** The page on which a node's module is written: its own, or a copy of one that cannot be changed. */
export const moduleAddress = (session: Session, node: string): string | null => {
  const spec = specOf(session.catalogue.getState(), documentOf(session).nodes[node]);
  if (!spec) return null;
  const query = new URLSearchParams({ back: `/pipelines/${session.pipeline}` });
  const inputs = inputsOf(session, node);
  if (Object.keys(inputs).length > 0) query.set("with", JSON.stringify(inputs));
  if (spec.own === true) return `/modules/${spec.name}/edit?${query.toString()}`;
  query.set("from", `${spec.name}@${String(spec.version)}`);
  query.set("node", node);
  return `/modules/new?${query.toString()}`;
};

/** Whether a node's module was made here. */
export const isOwn = (session: Session, node: string | null): boolean =>
  node !== null && specOf(session.catalogue.getState(), documentOf(session).nodes[node])?.own === true;
