import { datasetPort, inWords, specOf } from "./catalogue";
import type { Catalogue, Port } from "./catalogue";
import type { PipelineDocument } from "./document";
import { edgesInto, edgesOf } from "./edges";

export interface Ports {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

const NONE: Ports = { inputs: [], outputs: [] };

const guessed = (name: string): Port => ({
  name,
  type: "any",
  label: inWords(name),
  optional: true,
  help: "",
});

const specPorts = new WeakMap<object, Ports>();

/**
 * The ports of a node. Of a module that is not in the catalogue, the ports its wires use, so that nothing is lost from
 * sight.
 */
export const portsOf = (document: PipelineDocument, catalogue: Catalogue, id: string): Ports => {
  const entry = document.nodes[id];
  if (!entry) return NONE;
  if (entry.dataset !== undefined && entry.dataset !== "") {
    const dataset = catalogue.datasets.get(entry.dataset);
    const known = dataset && specPorts.get(dataset);
    if (known) return known;
    const ports: Ports = { inputs: [], outputs: [datasetPort(dataset)] };
    if (dataset) specPorts.set(dataset, ports);
    return ports;
  }
  const spec = specOf(catalogue, entry);
  if (spec) {
    const known = specPorts.get(spec);
    if (known) return known;
    const ports: Ports = { inputs: spec.inputs, outputs: spec.outputs };
    specPorts.set(spec, ports);
    return ports;
  }
  const inputs = edgesInto(id, entry).flatMap((edge) => (edge.kind === "data" ? [edge.input] : []));
  const outputs = edgesOf(document.nodes).flatMap((edge) =>
    edge.kind === "data" && edge.source === id ? [edge.output] : [],
  );
  return {
    inputs: [...new Set(inputs)].map(guessed),
    outputs: [...new Set(outputs)].map(guessed),
  };
};

/** Whether what an output of one type makes may flow into an input of another. `any` out may flow anywhere. */
export const fits = (catalogue: Catalogue, output: string, input: string): boolean => {
  if (output === "any" || output === input) return true;
  return catalogue.portTypes.get(input)?.accepts.includes(output) ?? input === "any";
};

/** What a port type is called. */
export const typeTitle = (catalogue: Catalogue, type: string): string =>
  catalogue.portTypes.get(type)?.title ?? inWords(type);

/** The shape of a port. */
export const familyOf = (catalogue: Catalogue, type: string): string =>
  catalogue.portTypes.get(type)?.family ?? (type === "any" ? "any" : "table");
