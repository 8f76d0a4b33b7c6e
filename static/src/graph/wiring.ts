import { titleOf } from "./catalogue";
import type { Catalogue, ModuleSpec, Port } from "./catalogue";
import type { PipelineDocument } from "./document";
import { downstream, upstream, wouldCloseCycle } from "./edges";
import type { PortRef } from "./edges";
import { fits, portsOf, typeTitle } from "./ports";

/** Why a wire is refused: data, so that the words stand in the catalogue of texts. */
export type Refusal =
  | { readonly why: "type"; readonly needs: string; readonly gives: string }
  | { readonly why: "cycle"; readonly node: string }
  | { readonly why: "self" }
  | { readonly why: "side" }
  | { readonly why: "gone" };

/** The ends of a wire in the direction the data flows; null if both are inputs or both outputs. */
export const directed = (one: PortRef, other: PortRef): { from: PortRef; to: PortRef } | null => {
  if (one.side === other.side) return null;
  return one.side === "output" ? { from: one, to: other } : { from: other, to: one };
};

const portOf = (document: PipelineDocument, catalogue: Catalogue, ref: PortRef): Port | undefined => {
  const ports = portsOf(document, catalogue, ref.node);
  return (ref.side === "input" ? ports.inputs : ports.outputs).find((port) => port.name === ref.port);
};

/** Why these two ports cannot be wired; null if they can. An occupied input is no reason: it is replaced. */
export const refusal = (
  document: PipelineDocument,
  catalogue: Catalogue,
  one: PortRef,
  other: PortRef,
): Refusal | null => {
  const ends = directed(one, other);
  if (!ends) return { why: "side" };
  const output = portOf(document, catalogue, ends.from);
  const input = portOf(document, catalogue, ends.to);
  if (!output || !input) return { why: "gone" };
  if (ends.from.node === ends.to.node) return { why: "self" };
  if (!fits(catalogue, output.type, input.type)) {
    return {
      why: "type",
      needs: typeTitle(catalogue, input.type),
      gives: typeTitle(catalogue, output.type),
    };
  }
  if (wouldCloseCycle(document.nodes, ends.from.node, ends.to.node)) {
    const entry = document.nodes[ends.to.node];
    return { why: "cycle", node: entry ? titleOf(catalogue, entry) : ends.to.node };
  }
  return null;
};

/** How well a port takes a wire: free before occupied, the exact type before one that merely fits, required first. */
const rank = (exact: boolean, free: boolean, required: boolean): number =>
  (free ? 4 : 0) + (exact ? 2 : 0) + (required ? 1 : 0);

/** The port of `node` that best takes a wire from `end`; null if none does. */
export const bestPort = (
  document: PipelineDocument,
  catalogue: Catalogue,
  end: PortRef,
  node: string,
): PortRef | null => {
  if (end.node === node) return null;
  const own = portOf(document, catalogue, end);
  if (!own) return null;
  const side = end.side === "output" ? "input" : "output";
  const ports = portsOf(document, catalogue, node);
  const inputs = document.nodes[node]?.inputs ?? {};
  let best: { readonly ref: PortRef; readonly rank: number } | null = null;
  for (const port of side === "input" ? ports.inputs : ports.outputs) {
    const ref: PortRef = { node, port: port.name, side };
    if (refusal(document, catalogue, end, ref)) continue;
    const free = side === "output" || !Object.hasOwn(inputs, port.name);
    const score = rank(port.type === own.type, free, !port.optional);
    if (!best || score > best.rank) best = { ref, rank: score };
  }
  return best?.ref ?? null;
};

/**
 * The ports a wire from `end` may end in, by node. One walk through the graph for the circles, not one per port, so that
 * it stays quick at thousands of nodes.
 */
export const openPorts = (
  document: PipelineDocument,
  catalogue: Catalogue,
  end: PortRef,
): ReadonlyMap<string, readonly string[]> => {
  const own = portOf(document, catalogue, end);
  const open = new Map<string, readonly string[]>();
  if (!own) return open;
  const closed =
    end.side === "output" ? upstream(document.nodes, [end.node]) : downstream(document.nodes, [end.node]);
  for (const id of Object.keys(document.nodes)) {
    if (id === end.node || closed.has(id)) continue;
    const ports = portsOf(document, catalogue, id);
    const fitting =
      end.side === "output"
        ? ports.inputs.filter((port) => fits(catalogue, own.type, port.type))
        : ports.outputs.filter((port) => fits(catalogue, port.type, own.type));
    if (fitting.length > 0)
      open.set(
        id,
        fitting.map((port) => port.name),
      );
  }
  return open;
};

/** The port of a module that would take a wire from a port of this type; undefined if none. */
export const portFor = (
  catalogue: Catalogue,
  spec: Pick<ModuleSpec, "inputs" | "outputs">,
  type: string,
  side: "input" | "output",
): Port | undefined => {
  const fitting =
    side === "output"
      ? spec.inputs.filter((port) => fits(catalogue, type, port.type))
      : spec.outputs.filter((port) => fits(catalogue, port.type, type));
  return (
    fitting.find((port) => port.type === type && !port.optional) ??
    fitting.find((port) => port.type === type) ??
    fitting[0]
  );
};

/** The ports by which a module can be put into a wire between an output and an input; null if it cannot. */
export const insertable = (
  catalogue: Catalogue,
  spec: Pick<ModuleSpec, "inputs" | "outputs">,
  outputType: string,
  inputType: string,
): { readonly input: string; readonly output: string } | null => {
  const input = portFor(catalogue, spec, outputType, "output");
  const output = portFor(catalogue, spec, inputType, "input");
  return input && output ? { input: input.name, output: output.name } : null;
};
