import type { NodeEntry, Note, PipelineDocument, PipelineParameter, Place, Settings } from "./document";
import { sameJson } from "./json";

/** What may be keyed in a document: each a map that keeps the order of its keys. */
interface Keyed {
  readonly nodes: NodeEntry;
  readonly layout: Place;
  readonly parameters: PipelineParameter;
}

/** What a document has one of. */
interface Single {
  readonly name: string;
  readonly description: string;
  readonly settings: Settings;
  readonly notes: readonly Note[];
}

type KeyedChange = {
  readonly [K in keyof Keyed]: {
    readonly part: K;
    readonly key: string;
    /** Undefined takes the entry away. */
    readonly value: Keyed[K] | undefined;
    /** The position of a new key; the end when not told. */
    readonly at?: number;
  };
}[keyof Keyed];

type SingleChange = {
  readonly [K in keyof Single]: { readonly part: K; readonly value: Single[K] };
}[keyof Single];

/** The smallest thing that can happen to a document. Every edit is a list of these, and so is its exact inverse. */
export type Change = KeyedChange | SingleChange;

export const setNode = (key: string, value: NodeEntry | undefined): Change => ({ part: "nodes", key, value });
export const setPlace = (key: string, value: Place | undefined): Change => ({ part: "layout", key, value });
export const setParameter = (key: string, value: PipelineParameter | undefined): Change => ({
  part: "parameters",
  key,
  value,
});
export const setNotes = (value: readonly Note[]): Change => ({ part: "notes", value });

interface Outcome {
  readonly document: PipelineDocument;
  /** The changes that take it back, exactly: values and the order of keys. */
  readonly inverse: readonly Change[];
}

/** A map that is being changed: copied once, however many changes fall into it. */
interface Draft<V> {
  readonly keys: string[];
  readonly values: Map<string, V>;
  /** The position of each key in `keys`, found when first asked for after an insertion or removal. */
  positions: Map<string, number> | null;
}

const open = <V>(object: Readonly<Record<string, V>>): Draft<V> => ({
  keys: Object.keys(object),
  values: new Map(Object.entries(object)),
  positions: null,
});

const close = <V>(draft: Draft<V>): Readonly<Record<string, V>> =>
  Object.fromEntries(
    draft.keys.flatMap((key): [string, V][] => {
      const value = draft.values.get(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );

const positionOf = <V>(draft: Draft<V>, key: string): number => {
  draft.positions ??= new Map(draft.keys.map((name, index) => [name, index]));
  return draft.positions.get(key) ?? -1;
};

/** Changes one entry; answers the value before and, where the key went or came back, its position. */
const change = <V>(
  draft: Draft<V>,
  key: string,
  value: V | undefined,
  at: number | undefined,
): { readonly before: V | undefined; readonly at: number | undefined } => {
  const before = draft.values.get(key);
  if (value === undefined) {
    if (before === undefined) return { before, at: undefined };
    const position = positionOf(draft, key);
    draft.keys.splice(position, 1);
    draft.values.delete(key);
    draft.positions = null;
    return { before, at: position };
  }
  draft.values.set(key, value);
  if (before === undefined) {
    if (at === undefined || at >= draft.keys.length) {
      draft.positions?.set(key, draft.keys.length);
      draft.keys.push(key);
    } else {
      draft.keys.splice(at, 0, key);
      draft.positions = null;
    }
  }
  return { before, at: undefined };
};

const where = (at: number | undefined) => (at === undefined ? {} : { at });

/** Applies changes in order. Parts that are not touched stay the same objects. */
export const applyChanges = (document: PipelineDocument, changes: readonly Change[]): Outcome => {
  let next = document;
  const inverse: Change[] = [];
  let nodes: Draft<NodeEntry> | null = null;
  let layout: Draft<Place> | null = null;
  let parameters: Draft<PipelineParameter> | null = null;
  for (const one of changes) {
    switch (one.part) {
      case "nodes": {
        nodes ??= open(document.nodes);
        const { before, at } = change(nodes, one.key, one.value, one.at);
        inverse.push({ part: "nodes", key: one.key, value: before, ...where(at) });
        break;
      }
      case "layout": {
        layout ??= open(document.layout);
        const { before, at } = change(layout, one.key, one.value, one.at);
        inverse.push({ part: "layout", key: one.key, value: before, ...where(at) });
        break;
      }
      case "parameters": {
        parameters ??= open(document.parameters);
        const { before, at } = change(parameters, one.key, one.value, one.at);
        inverse.push({ part: "parameters", key: one.key, value: before, ...where(at) });
        break;
      }
      case "name":
        inverse.push({ part: "name", value: next.name });
        next = { ...next, name: one.value };
        break;
      case "description":
        inverse.push({ part: "description", value: next.description });
        next = { ...next, description: one.value };
        break;
      case "settings":
        inverse.push({ part: "settings", value: next.settings });
        next = { ...next, settings: one.value };
        break;
      case "notes":
        inverse.push({ part: "notes", value: next.notes });
        next = { ...next, notes: one.value };
        break;
    }
  }
  if (nodes) next = { ...next, nodes: close(nodes) };
  if (layout) next = { ...next, layout: close(layout) };
  if (parameters) next = { ...next, parameters: close(parameters) };
  return { document: next, inverse: inverse.reverse() };
};

const keyedDifference = <V>(
  from: Readonly<Record<string, V>>,
  to: Readonly<Record<string, V>>,
  make: (key: string, value: V | undefined) => Change,
): readonly Change[] => [
  ...Object.keys(from)
    .filter((key) => !Object.hasOwn(to, key))
    .map((key) => make(key, undefined)),
  ...Object.entries(to)
    .filter(([key, value]) => !sameJson(from[key], value))
    .map(([key, value]) => make(key, value)),
];

/** The changes that make one document another. */
export const difference = (from: PipelineDocument, to: PipelineDocument): readonly Change[] => [
  ...(from.name === to.name ? [] : [{ part: "name", value: to.name } as const]),
  ...(from.description === to.description ? [] : [{ part: "description", value: to.description } as const]),
  ...(sameJson(from.settings, to.settings) ? [] : [{ part: "settings", value: to.settings } as const]),
  ...(sameJson(from.notes, to.notes) ? [] : [setNotes(to.notes)]),
  ...keyedDifference(from.parameters, to.parameters, setParameter),
  ...keyedDifference(from.nodes, to.nodes, setNode),
  ...keyedDifference(from.layout, to.layout, setPlace),
];
