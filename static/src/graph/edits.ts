import type { Catalogue } from "./catalogue";
import type { NodeEntry, Note, PipelineDocument, Place } from "./document";
import { placeOf } from "./document";
import { setNode, setNotes, setPlace } from "./edit";
import type { Change } from "./edit";
import { edgesOf, readSource } from "./edges";
import type { Edge, PortRef } from "./edges";
import { groupBy } from "./group";
import { without } from "./json";
import { freeId } from "./names";
import { fits, portsOf } from "./ports";

/** What people do to a document, as lists of changes. Pure: the caller makes them one undo step. */

/** An entry without keys that say nothing, so that documents stay small and diffs honest. */
const tidyEntry = (entry: NodeEntry): NodeEntry => {
  const empty = (key: "inputs" | "parameters" | "after"): boolean => {
    const value = entry[key];
    return value !== undefined && Object.keys(value).length === 0;
  };
  const dropped = (["inputs", "parameters", "after"] as const).filter(empty);
  return dropped.length === 0
    ? entry
    : Object.fromEntries(Object.entries(entry).filter(([key]) => !dropped.some((one) => one === key)));
};

export const changeEntry = (
  document: PipelineDocument,
  id: string,
  change: (entry: NodeEntry) => NodeEntry,
): readonly Change[] => {
  const entry = document.nodes[id];
  if (!entry) return [];
  const next = tidyEntry(change(entry));
  return next === entry ? [] : [setNode(id, next)];
};

export const connect = (document: PipelineDocument, from: PortRef, to: PortRef): readonly Change[] =>
  changeEntry(document, to.node, (entry) => ({
    ...entry,
    inputs: { ...entry.inputs, [to.port]: `${from.node}.${from.port}` },
  }));

/** Takes wires away. */
export const disconnect = (document: PipelineDocument, edges: readonly Edge[]): readonly Change[] => {
  const byTarget = groupBy(edges, (edge) => edge.target);
  return [...byTarget].flatMap(([target, gone]) =>
    changeEntry(document, target, (entry) => ({
      ...entry,
      ...(entry.inputs
        ? {
            inputs: gone.reduce(
              (inputs, edge) => (edge.kind === "data" ? without(inputs, edge.input) : inputs),
              entry.inputs,
            ),
          }
        : {}),
      ...(entry.after
        ? {
            after: entry.after.filter(
              (other) => !gone.some((edge) => edge.kind === "after" && edge.source === other),
            ),
          }
        : {}),
    })),
  );
};

/** Moves the end of a wire elsewhere; an occupied input is replaced. */
export const reconnect = (
  document: PipelineDocument,
  edge: Edge,
  from: PortRef,
  to: PortRef,
): readonly Change[] => {
  const taken = document.nodes[edge.target];
  if (!taken) return [];
  if (edge.target === to.node) {
    return changeEntry(document, to.node, (entry) => ({
      ...entry,
      inputs: { ...without(entry.inputs ?? {}, edge.input), [to.port]: `${from.node}.${from.port}` },
    }));
  }
  return [...disconnect(document, [edge]), ...connect(document, from, to)];
};

export const addNode = (
  document: PipelineDocument,
  entry: NodeEntry,
  place: Place,
  base: string,
): { readonly id: string; readonly changes: readonly Change[] } => {
  const id = freeId(base, (name) => Object.hasOwn(document.nodes, name));
  return { id, changes: [setNode(id, entry), setPlace(id, place)] };
};

/** What flows out of `source.output`, as the producer of a removed node's first fitting input. */
const healed = (
  document: PipelineDocument,
  catalogue: Catalogue,
  gone: ReadonlySet<string>,
  edge: Edge,
): string | null => {
  const wanted = portsOf(document, catalogue, edge.target).inputs.find((port) => port.name === edge.input);
  if (!wanted) return null;
  const seen = new Set<string>();
  const search = (node: string): string | null => {
    if (seen.has(node)) return null;
    seen.add(node);
    for (const port of portsOf(document, catalogue, node).inputs) {
      const text = document.nodes[node]?.inputs?.[port.name];
      const source = text === undefined ? null : readSource(text);
      if (text === undefined || !source) continue;
      if (gone.has(source.node)) {
        const further = search(source.node);
        if (further !== null) return further;
        continue;
      }
      const made = portsOf(document, catalogue, source.node).outputs.find(
        (one) => one.name === source.output,
      );
      if (made && fits(catalogue, made.type, wanted.type)) return text;
    }
    return null;
  };
  return search(edge.source);
};

/**
 * Removes nodes. A wire that came from a removed node is healed: it comes from what fed that node, where the types still
 * fit; else it goes too.
 */
export const removeNodes = (
  document: PipelineDocument,
  catalogue: Catalogue,
  ids: ReadonlySet<string>,
): readonly Change[] => {
  const touched = groupBy(
    edgesOf(document.nodes).filter((edge) => ids.has(edge.source) && !ids.has(edge.target)),
    (edge) => edge.target,
  );
  const consumers = [...touched].flatMap(([target, edges]) =>
    changeEntry(document, target, (entry) => {
      let inputs = entry.inputs ?? {};
      for (const edge of edges) {
        if (edge.kind !== "data") continue;
        const instead = healed(document, catalogue, ids, edge);
        inputs = instead === null ? without(inputs, edge.input) : { ...inputs, [edge.input]: instead };
      }
      return {
        ...entry,
        ...(entry.inputs ? { inputs } : {}),
        ...(entry.after ? { after: entry.after.filter((other) => !ids.has(other)) } : {}),
      };
    }),
  );
  const present = [...ids].filter((id) => Object.hasOwn(document.nodes, id));
  return [
    ...consumers,
    ...present.map((id) => setNode(id, undefined)),
    ...present.filter((id) => Object.hasOwn(document.layout, id)).map((id) => setPlace(id, undefined)),
  ];
};

/** Moves nodes and notes by one distance. */
export const move = (
  document: PipelineDocument,
  nodes: Iterable<string>,
  notes: ReadonlySet<string>,
  [dx, dy]: Place,
): readonly Change[] => {
  if (dx === 0 && dy === 0) return [];
  const moved = [...nodes].map((id) => {
    const [x, y] = placeOf(document, id);
    return setPlace(id, [x + dx, y + dy]);
  });
  if (notes.size === 0) return moved;
  return [
    ...moved,
    setNotes(
      document.notes.map((note) => (notes.has(note.id) ? { ...note, x: note.x + dx, y: note.y + dy } : note)),
    ),
  ];
};

/** Places nodes anew, such as after a tidy layout; those that stay are left out. */
export const place = (document: PipelineDocument, places: ReadonlyMap<string, Place>): readonly Change[] =>
  [...places].flatMap(([id, [x, y]]) => {
    const [oldX, oldY] = placeOf(document, id);
    return oldX === x && oldY === y ? [] : [setPlace(id, [x, y])];
  });

export const changeNote = (
  document: PipelineDocument,
  id: string,
  change: Partial<Note>,
): readonly Change[] => [
  setNotes(document.notes.map((note) => (note.id === id ? { ...note, ...change } : note))),
];

export const removeNotes = (document: PipelineDocument, ids: ReadonlySet<string>): readonly Change[] =>
  document.notes.some((note) => ids.has(note.id))
    ? [setNotes(document.notes.filter((note) => !ids.has(note.id)))]
    : [];

/** Renames a pipeline parameter everywhere it is used, or takes it away (nodes keep its default as their value). */
export const replaceParameter = (
  document: PipelineDocument,
  name: string,
  instead: string | null,
): readonly Change[] => {
  const parameter = document.parameters[name];
  if (!parameter) return [];
  const used = Object.entries(document.nodes).flatMap(([id, entry]) => {
    const attached = Object.entries(entry.parameters ?? {}).filter(([, value]) => attachedTo(value) === name);
    if (attached.length === 0) return [];
    return changeEntry(document, id, (node) => {
      let parameters = node.parameters ?? {};
      for (const [key] of attached) {
        parameters =
          instead !== null
            ? { ...parameters, [key]: { parameter: instead } }
            : parameter.default === undefined || parameter.default === null
              ? without(parameters, key)
              : { ...parameters, [key]: parameter.default };
      }
      return { ...node, parameters };
    });
  });
  const at = Object.keys(document.parameters).indexOf(name);
  return [
    { part: "parameters", key: name, value: undefined },
    ...(instead === null ? [] : [{ part: "parameters", key: instead, value: parameter, at } as const]),
    ...used,
  ];
};

/** The pipeline parameter a node's value is attached to; null for a plain value. */
export const attachedTo = (value: unknown): string | null =>
  typeof value === "object" &&
  value !== null &&
  "parameter" in value &&
  typeof value.parameter === "string" &&
  Object.keys(value).length === 1
    ? value.parameter
    : null;
