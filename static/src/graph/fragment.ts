import type { NodeEntry, Note, PipelineDocument, Place } from "./document";
import { placeOf, readDocument } from "./document";
import { setNode, setNotes, setPlace } from "./edit";
import type { Change } from "./edit";
import { readSource } from "./edges";
import { isObject } from "./json";
import { freeId } from "./names";

/** A part of a pipeline on its way through a clipboard. */
export const FRAGMENT_FORMAT = "designer.fragment/1";

export interface Fragment {
  readonly format: string;
  readonly nodes: PipelineDocument["nodes"];
  readonly layout: PipelineDocument["layout"];
  readonly notes: readonly Note[];
}

export const cutOut = (
  document: PipelineDocument,
  nodes: ReadonlySet<string>,
  notes: ReadonlySet<string>,
): Fragment => {
  const chosen = Object.entries(document.nodes).filter(([id]) => nodes.has(id));
  return {
    format: FRAGMENT_FORMAT,
    nodes: Object.fromEntries(chosen),
    layout: Object.fromEntries(chosen.map(([id]) => [id, placeOf(document, id)])),
    notes: document.notes.filter((note) => notes.has(note.id)),
  };
};

/** Reads a fragment, or a whole pipeline document, from clipboard text; null for any other text. */
export const readFragment = (text: string): Fragment | null => {
  if (!text.trimStart().startsWith("{")) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || typeof value["format"] !== "string") return null;
  if (value["format"] !== FRAGMENT_FORMAT && !value["format"].startsWith("designer.pipeline/")) return null;
  const read = readDocument(value);
  return read && { format: FRAGMENT_FORMAT, nodes: read.nodes, layout: read.layout, notes: read.notes };
};

/** Where a fragment lies. */
export const boxOf = (
  fragment: Fragment,
): { readonly x: number; readonly y: number; readonly width: number; readonly height: number } => {
  const boxes = [
    ...Object.values(fragment.layout).map(([x, y]) => ({ x, y, width: 200, height: 64 })),
    ...fragment.notes,
  ];
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
};

export interface Pasted {
  readonly changes: readonly Change[];
  readonly nodes: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Adds a fragment to a document under free names. Wires within it follow the new names; wires from outside are kept
 * where `keepOutside` asks for it and their producer is there.
 */
export const paste = (
  document: PipelineDocument,
  fragment: Fragment,
  [dx, dy]: Place,
  keepOutside: boolean,
): Pasted => {
  const names = new Map<string, string>();
  const taken = new Set(Object.keys(document.nodes));
  for (const [id, entry] of Object.entries(fragment.nodes)) {
    const name = freeId(id.replace(/_\d+$/, "") || entry.module || id, (one) => taken.has(one));
    taken.add(name);
    names.set(id, name);
  }
  const wire = (text: string): string | null => {
    const source = readSource(text);
    if (!source) return null;
    const inside = names.get(source.node);
    if (inside !== undefined) return `${inside}.${source.output}`;
    return keepOutside && Object.hasOwn(document.nodes, source.node) ? text : null;
  };
  const renamed = (entry: NodeEntry): NodeEntry => {
    const inputs = Object.entries(entry.inputs ?? {}).flatMap(([port, text]): [string, string][] => {
      const kept = wire(text);
      return kept === null ? [] : [[port, kept]];
    });
    const after = (entry.after ?? []).flatMap((other) => names.get(other) ?? []);
    const rest = Object.fromEntries(
      Object.entries(entry).filter(([key]) => key !== "inputs" && key !== "after"),
    );
    return {
      ...rest,
      ...(inputs.length > 0 ? { inputs: Object.fromEntries(inputs) } : {}),
      ...(after.length > 0 ? { after } : {}),
    };
  };
  const known = new Set(document.notes.map((note) => note.id));
  const notes = fragment.notes.map((note): Note => {
    const id = freeId(note.id, (one) => known.has(one));
    known.add(id);
    return { ...note, id, x: note.x + dx, y: note.y + dy };
  });
  const nodes = Object.entries(fragment.nodes).flatMap(([id, entry]) => {
    const name = names.get(id);
    if (name === undefined) return [];
    const [x, y] = fragment.layout[id] ?? [0, 0];
    return [setNode(name, renamed(entry)), setPlace(name, [x + dx, y + dy])];
  });
  return {
    changes: [...nodes, ...(notes.length > 0 ? [setNotes([...document.notes, ...notes])] : [])],
    nodes: [...names.values()],
    notes: notes.map((note) => note.id),
  };
};
