import type { Addition } from "@/commands/acts/adding";
import { newest, referenceOf } from "@/graph/catalogue";
import type { Catalogue, DatasetEntry, ModuleSpec } from "@/graph/catalogue";
import { groupBy } from "@/graph/group";
import { typeTitle } from "@/graph/ports";

/** What the palette lists, grouped and searched: pure. */

export type Entry =
  | {
      readonly kind: "module";
      readonly reference: string;
      readonly title: string;
      readonly category: string;
      readonly spec: ModuleSpec;
    }
  | {
      readonly kind: "dataset";
      readonly reference: string;
      readonly title: string;
      readonly category: string;
      readonly dataset: DatasetEntry;
    };

export interface Group {
  readonly category: string;
  readonly entries: readonly Entry[];
}

/** The category that data stands under; what `CategoryIcon` draws for it too. */
export const DATASETS = "dataset";

export const additionOf = (entry: Entry): Addition => ({ kind: entry.kind, reference: entry.reference });

const newestDatasets = (catalogue: Catalogue): readonly DatasetEntry[] => {
  const best = new Map<string, DatasetEntry>();
  for (const dataset of catalogue.datasets.values()) {
    const known = best.get(dataset.name);
    if (!known || dataset.version > known.version) best.set(dataset.name, dataset);
  }
  return [...best.values()].sort((one, other) => one.title.localeCompare(other.title));
};

/** Everything that can be added: data first, then modules by title. */
export const entriesOf = (catalogue: Catalogue): readonly Entry[] => [
  ...newestDatasets(catalogue).map((dataset): Entry => ({
    kind: "dataset",
    reference: dataset.reference,
    title: dataset.title || dataset.name,
    category: DATASETS,
    dataset,
  })),
  ...newest(catalogue).map((spec): Entry => ({
    kind: "module",
    reference: referenceOf(spec),
    title: spec.title,
    category: spec.category,
    spec,
  })),
];

/** The order in which one works; categories nobody foresaw come after, by name. */
const ORDER: readonly RegExp[] = [
  /input|output/i,
  /transform/i,
  /feature/i,
  /statist/i,
  /algorithm|learner/i,
  /training/i,
  /scoring|evaluation/i,
  /script|python|r language/i,
  /text/i,
  /vision|image/i,
  /recommend/i,
  /anomaly/i,
  /web/i,
];

const placeOf = (category: string): number => {
  if (category === DATASETS) return -1;
  const at = ORDER.findIndex((pattern) => pattern.test(category));
  return at < 0 ? ORDER.length : at;
};

export const grouped = (entries: readonly Entry[]): readonly Group[] =>
  [...groupBy(entries, (entry) => entry.category)]
    .map(([category, members]) => ({ category, entries: members }))
    .sort(
      (one, other) =>
        placeOf(one.category) - placeOf(other.category) || one.category.localeCompare(other.category),
    );

/** What of an entry a word may be found in, the more telling first, with how much it counts. */
const hays = (entry: Entry, catalogue: Catalogue): readonly (readonly [text: string, weight: number])[] => {
  if (entry.kind === "dataset") {
    const { name, description } = entry.dataset;
    return [
      [entry.title, 8],
      [name.replaceAll("_", " "), 6],
      ["data dataset table", 2],
      [description, 1],
    ];
  }
  const { spec } = entry;
  const ports = [...spec.inputs, ...spec.outputs].map(
    (port) => `${port.label} ${typeTitle(catalogue, port.type)}`,
  );
  return [
    [spec.title, 8],
    [spec.name.replaceAll("_", " "), 6],
    [spec.tags.join(" "), 4],
    [spec.category, 2],
    [ports.join(" "), 1],
  ];
};

/** A word at the beginning of another counts double. */
const weigh = (hay: string, word: string, weight: number): number => {
  const at = hay.toLowerCase().indexOf(word);
  if (at < 0) return 0;
  if (at === 0) return weight * 3;
  return /[\s(_-]/.test(hay.charAt(at - 1)) ? weight * 2 : weight;
};

/** How well an entry meets a query; 0 where a word of it is found nowhere. */
export const scoreOf = (entry: Entry, catalogue: Catalogue, query: string): number => {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const texts = hays(entry, catalogue);
  let sum = 0;
  for (const word of words) {
    const best = Math.max(...texts.map(([hay, weight]) => weigh(hay, word, weight)));
    if (best === 0) return 0;
    sum += best;
  }
  return sum;
};

/** The groups of what meets a query, best first in and among them; all of them for an empty query. */
export const searched = (
  entries: readonly Entry[],
  catalogue: Catalogue,
  query: string,
): readonly Group[] => {
  if (query.trim() === "") return grouped(entries);
  const scored = entries
    .map((entry) => ({ entry, score: scoreOf(entry, catalogue, query) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score);
  return [...groupBy(scored, ({ entry }) => entry.category)].map(([category, members]) => ({
    category,
    entries: members.map(({ entry }) => entry),
  }));
};

/** A line of the tree as it is shown: a category, or what stands under an open one. */
export type Row =
  | { readonly kind: "group"; readonly key: string; readonly group: Group; readonly open: boolean }
  | {
      readonly kind: "entry";
      readonly key: string;
      readonly entry: Entry;
      readonly at: number;
      readonly of: number;
    };

export const rowsOf = (groups: readonly Group[], closed: ReadonlySet<string>): readonly Row[] =>
  groups.flatMap((group): Row[] => {
    const open = !closed.has(group.category);
    return [
      { kind: "group", key: `group:${group.category}`, group, open },
      ...(open
        ? group.entries.map((entry, at): Row => ({
            kind: "entry",
            key: `${entry.kind}:${entry.reference}`,
            entry,
            at,
            of: group.entries.length,
          }))
        : []),
    ];
  });

/** Where a key leads in the tree. */
export type Move =
  | { readonly kind: "to"; readonly key: string }
  | { readonly kind: "toggle"; readonly category: string }
  | { readonly kind: "take"; readonly entry: Entry }
  | { readonly kind: "search" };

/** What a key means in the tree (as the ARIA pattern of trees has it); null for a key that means nothing. */
export const moveOf = (rows: readonly Row[], current: string | null, pressed: string): Move | null => {
  const at = rows.findIndex((row) => row.key === current);
  const row = rows[at];
  const to = (index: number): Move | null => {
    const target = rows[Math.max(0, Math.min(rows.length - 1, index))];
    return target ? { kind: "to", key: target.key } : null;
  };
  switch (pressed) {
    case "ArrowDown":
      return to(at + 1);
    case "ArrowUp":
      return at <= 0 ? { kind: "search" } : to(at - 1);
    case "Home":
      return to(0);
    case "End":
      return to(rows.length - 1);
    case "PageDown":
      return to(at + 10);
    case "PageUp":
      return to(at - 10);
    case "ArrowRight":
      if (row?.kind !== "group") return null;
      return row.open ? to(at + 1) : { kind: "toggle", category: row.group.category };
    case "ArrowLeft": {
      if (row?.kind === "group") return row.open ? { kind: "toggle", category: row.group.category } : null;
      const parent = rows.slice(0, Math.max(at, 0)).findLastIndex((one) => one.kind === "group");
      return parent < 0 ? null : to(parent);
    }
    case "Enter":
    case " ":
      if (!row) return null;
      return row.kind === "group"
        ? { kind: "toggle", category: row.group.category }
        : { kind: "take", entry: row.entry };
    default:
      return null;
  }
};
