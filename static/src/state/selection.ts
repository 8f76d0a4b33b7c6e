import { createStore } from "zustand/vanilla";
import type { StoreApi } from "zustand/vanilla";

export interface Selection {
  readonly nodes: ReadonlySet<string>;
  readonly wires: ReadonlySet<string>;
  readonly notes: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

export const NOTHING: Selection = { nodes: NONE, wires: NONE, notes: NONE };

export const select = (part: Partial<Record<keyof Selection, Iterable<string>>>): Selection => ({
  nodes: new Set(part.nodes ?? []),
  wires: new Set(part.wires ?? []),
  notes: new Set(part.notes ?? []),
});

const toggled = (set: ReadonlySet<string>, id: string): ReadonlySet<string> => {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
};

export const toggle = (selection: Selection, part: keyof Selection, id: string): Selection => ({
  ...selection,
  [part]: toggled(selection[part], id),
});

export const isEmpty = (selection: Selection): boolean =>
  selection.nodes.size === 0 && selection.wires.size === 0 && selection.notes.size === 0;

/** A selection without what is not there any more. The same object if all of it is. */
export const present = (
  selection: Selection,
  has: (part: keyof Selection, id: string) => boolean,
): Selection => {
  const kept = (part: keyof Selection) => [...selection[part]].filter((id) => has(part, id));
  const next = select({ nodes: kept("nodes"), wires: kept("wires"), notes: kept("notes") });
  const same = (["nodes", "wires", "notes"] as const).every(
    (part) => next[part].size === selection[part].size,
  );
  return same ? selection : next;
};

export const createSelection = (): StoreApi<Selection> => createStore(() => NOTHING);
