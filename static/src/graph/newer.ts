import { referenceOf } from "./catalogue";
import type { Catalogue, ModuleSpec } from "./catalogue";
import type { PipelineDocument } from "./document";
import { setNode } from "./edit";
import type { Change } from "./edit";
import { edgesOf } from "./edges";
import { changeEntry, disconnect } from "./edits";
import { check } from "./parameters";
import { fits, portsOf } from "./ports";

/** Taking another version of a module: what becomes of the node's wires and values. Pure. */

export type Effect =
  | {
      readonly kind: "wireLost" | "wireType" | "inputNew" | "inputNeeded" | "outputNew";
      readonly label: string;
    }
  | { readonly kind: "outLost"; readonly label: string; readonly count: number }
  | {
      readonly kind: "parameterLost" | "parameterWrong" | "parameterNew" | "parameterNeeded";
      readonly label: string;
    };

export interface Upgrade {
  readonly effects: readonly Effect[];
  readonly changes: readonly Change[];
}

/** The newest version of a module, where it is newer than this one. */
export const newerThan = (catalogue: Catalogue, spec: ModuleSpec): ModuleSpec | null => {
  let best = spec;
  for (const one of catalogue.modules.values())
    if (one.name === spec.name && one.version > best.version) best = one;
  return best === spec ? null : best;
};

const isAttached = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "parameter" in value && Object.keys(value).length === 1;

/** What taking `next` does to the node, and the edit that does it. */
export const upgrade = (
  document: PipelineDocument,
  catalogue: Catalogue,
  id: string,
  before: ModuleSpec,
  next: ModuleSpec,
): Upgrade => {
  const entry = document.nodes[id];
  if (!entry) return { effects: [], changes: [] };
  const effects: Effect[] = [];
  const edges = edgesOf(document.nodes);
  const into = edges.filter((edge) => edge.target === id && edge.kind === "data");
  const out = edges.filter((edge) => edge.source === id && edge.kind === "data");
  const inputs = new Map(next.inputs.map((port) => [port.name, port]));
  const outputs = new Map(next.outputs.map((port) => [port.name, port]));

  const lostIn = into.filter((edge) => !inputs.has(edge.input));
  for (const edge of lostIn) {
    const label = before.inputs.find((port) => port.name === edge.input)?.label ?? edge.input;
    effects.push({ kind: "wireLost", label });
  }
  for (const edge of into) {
    const port = inputs.get(edge.input);
    const made = portsOf(document, catalogue, edge.source).outputs.find((one) => one.name === edge.output);
    if (port && made && !fits(catalogue, made.type, port.type))
      effects.push({ kind: "wireType", label: port.label });
  }
  const lostOut = out.filter((edge) => !outputs.has(edge.output));
  for (const name of new Set(lostOut.map((edge) => edge.output))) {
    const label = before.outputs.find((port) => port.name === name)?.label ?? name;
    effects.push({ kind: "outLost", label, count: lostOut.filter((edge) => edge.output === name).length });
  }
  for (const port of next.inputs)
    if (!before.inputs.some((one) => one.name === port.name))
      effects.push({ kind: port.optional ? "inputNew" : "inputNeeded", label: port.label });
  for (const port of next.outputs)
    if (!before.outputs.some((one) => one.name === port.name))
      effects.push({ kind: "outputNew", label: port.label });

  const kept: [string, (typeof entry.parameters & object)[string]][] = [];
  for (const [name, value] of Object.entries(entry.parameters ?? {})) {
    const parameter = next.parameters.find((one) => one.name === name);
    const label = before.parameters.find((one) => one.name === name)?.label ?? name;
    if (!parameter) effects.push({ kind: "parameterLost", label });
    else if (!isAttached(value) && check(parameter, value) !== null)
      effects.push({ kind: "parameterWrong", label: parameter.label });
    else kept.push([name, value]);
  }
  for (const parameter of next.parameters)
    if (!before.parameters.some((one) => one.name === parameter.name))
      effects.push({ kind: parameter.required ? "parameterNeeded" : "parameterNew", label: parameter.label });

  const others = disconnect(
    document,
    lostOut.filter((edge) => edge.target !== id),
  );
  const gone = new Set(lostIn.map((edge) => edge.input));
  const own = changeEntry(document, id, (old) => ({
    ...old,
    module: referenceOf(next),
    ...(old.inputs
      ? { inputs: Object.fromEntries(Object.entries(old.inputs).filter(([port]) => !gone.has(port))) }
      : {}),
    ...(old.parameters ? { parameters: Object.fromEntries(kept) } : {}),
  }));
  return { effects, changes: [...others, ...own] };
};

/** The node with another module in its place; what it holds is kept. */
export const replaceModule = (document: PipelineDocument, id: string, module: string): readonly Change[] => {
  const entry = document.nodes[id];
  return entry?.module === undefined || entry.module === module ? [] : [setNode(id, { ...entry, module })];
};
