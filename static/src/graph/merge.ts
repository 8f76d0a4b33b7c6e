import type { NodeEntry, Note, PipelineDocument } from "./document";
import { isObject, sameJson } from "./json";

/** Two sets of changes to one document, put together; `overlaps` names what both changed differently. */
export interface Merged {
  readonly document: PipelineDocument;
  readonly overlaps: readonly string[];
}

const keysOf = (...objects: readonly Readonly<Record<string, unknown>>[]): readonly string[] => [
  ...new Set(objects.flatMap((object) => Object.keys(object))),
];

interface Choice {
  readonly value: unknown;
  readonly overlaps: readonly string[];
}

/** Merges one value. Objects are merged by key down to `depth`; anything else belongs to whoever changed it. */
const mergeValue = (base: unknown, mine: unknown, theirs: unknown, where: string, depth: number): Choice => {
  if (sameJson(mine, theirs)) return { value: mine, overlaps: [] };
  if (sameJson(base, mine)) return { value: theirs, overlaps: [] };
  if (sameJson(base, theirs)) return { value: mine, overlaps: [] };
  if (depth > 0 && isObject(mine) && isObject(theirs)) {
    return mergeKeys(isObject(base) ? base : {}, mine, theirs, where, depth);
  }
  return { value: mine, overlaps: [where] };
};

const mergeKeys = (
  base: Readonly<Record<string, unknown>>,
  mine: Readonly<Record<string, unknown>>,
  theirs: Readonly<Record<string, unknown>>,
  where: string,
  depth: number,
): Choice => {
  const entries: [string, unknown][] = [];
  const overlaps: string[] = [];
  for (const key of keysOf(theirs, mine)) {
    const one = mergeValue(
      base[key],
      mine[key],
      theirs[key],
      where === "" ? key : `${where}/${key}`,
      depth - 1,
    );
    overlaps.push(...one.overlaps);
    if (one.value !== undefined) entries.push([key, one.value]);
  }
  return { value: Object.fromEntries(entries), overlaps };
};

const byId = (notes: readonly Note[]): Record<string, Note> =>
  Object.fromEntries(notes.map((note) => [note.id, note]));

interface Parts {
  readonly nodes: Readonly<Record<string, NodeEntry>>;
  readonly overlaps: readonly string[];
}

/** Nodes merge field by field, their inputs and parameters entry by entry. */
const mergeNodes = (
  base: PipelineDocument["nodes"],
  mine: PipelineDocument["nodes"],
  theirs: PipelineDocument["nodes"],
): Parts => {
  const nodes: [string, NodeEntry][] = [];
  const overlaps: string[] = [];
  for (const id of keysOf(theirs, mine)) {
    const [old, own, other] = [base[id], mine[id], theirs[id]];
    const merged = mergeValue(old, own, other, `nodes/${id}`, own && other ? 2 : 0);
    overlaps.push(...merged.overlaps);
    const kept = merged.overlaps.length > 0 ? own : merged.value;
    if (isObject(kept)) nodes.push([id, kept]);
  }
  return { nodes: Object.fromEntries(nodes), overlaps };
};

const pick = <V>(base: V, mine: V, theirs: V, where: string, overlaps: string[]): V => {
  if (sameJson(mine, theirs) || sameJson(base, theirs)) return mine;
  if (sameJson(base, mine)) return theirs;
  overlaps.push(where);
  return mine;
};

const pickEach = <V>(
  base: Readonly<Record<string, V>>,
  mine: Readonly<Record<string, V>>,
  theirs: Readonly<Record<string, V>>,
  where: string,
  overlaps: string[],
): Readonly<Record<string, V>> =>
  Object.fromEntries(
    keysOf(theirs, mine).flatMap((key): [string, V][] => {
      const value = pick(base[key], mine[key], theirs[key], `${where}/${key}`, overlaps);
      return value === undefined ? [] : [[key, value]];
    }),
  );

/**
 * What `mine` and `theirs` made of `base`, together. Where both changed the same thing differently, mine is taken and
 * the place is named, so that the caller can ask. Places on the canvas never clash: mine wins silently.
 */
export const merge = (base: PipelineDocument, mine: PipelineDocument, theirs: PipelineDocument): Merged => {
  if (sameJson(base, theirs)) return { document: mine, overlaps: [] };
  if (sameJson(base, mine)) return { document: theirs, overlaps: [] };
  const overlaps: string[] = [];
  const nodes = mergeNodes(base.nodes, mine.nodes, theirs.nodes);
  overlaps.push(...nodes.overlaps);
  const layout = pickEach(base.layout, mine.layout, theirs.layout, "layout", []);
  const notes = pickEach(byId(base.notes), byId(mine.notes), byId(theirs.notes), "notes", overlaps);
  const document: PipelineDocument = {
    format: mine.format,
    name: pick(base.name, mine.name, theirs.name, "name", overlaps),
    description: pick(base.description, mine.description, theirs.description, "description", overlaps),
    parameters: pickEach(base.parameters, mine.parameters, theirs.parameters, "parameters", overlaps),
    nodes: nodes.nodes,
    settings: pick(base.settings, mine.settings, theirs.settings, "settings", overlaps),
    layout: Object.fromEntries(
      Object.keys(nodes.nodes).flatMap((id) => {
        const place = layout[id] ?? mine.layout[id] ?? theirs.layout[id];
        return place ? [[id, place]] : [];
      }),
    ),
    notes: Object.values(notes),
  };
  const known = new Set([...dangling(mine), ...dangling(theirs)]);
  return { document, overlaps: [...overlaps, ...dangling(document).filter((wire) => !known.has(wire))] };
};

/** Wires of the merged document that lost their producer: one side removed a node the other began to use. */
const dangling = (document: PipelineDocument): readonly string[] =>
  Object.entries(document.nodes).flatMap(([id, entry]) =>
    Object.entries(entry.inputs ?? {}).flatMap(([port, text]) => {
      const producer = text.slice(0, text.indexOf("."));
      return Object.hasOwn(document.nodes, producer) ? [] : [`nodes/${id}/inputs/${port}`];
    }),
  );
