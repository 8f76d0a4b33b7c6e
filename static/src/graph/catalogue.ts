import { DATASET_OUTPUT } from "./document";
import type { NodeEntry } from "./document";
import type { Json } from "./json";

/** Which modules, datasets and port types there are: what a document's references mean. */

export type PortFamily = "table" | "model" | "transformation" | "file" | "metrics" | "any";

export interface PortTypeRow {
  readonly type: string;
  readonly title: string;
  readonly family: string;
  readonly accepts: readonly string[];
}

export interface Port {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly optional: boolean;
  readonly help: string;
}

export type ParameterKind =
  | "integer"
  | "number"
  | "string"
  | "boolean"
  | "choice"
  | "date"
  | "column"
  | "columns"
  | "code"
  | "secret"
  | "datastore"
  | "list";

export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly label: string;
  readonly default: Json;
  readonly required: boolean;
  readonly nullable: boolean;
  readonly help: string;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly exclusive_minimum: boolean;
  readonly exclusive_maximum: boolean;
  readonly pattern: string;
  readonly choices: readonly (string | number | boolean)[];
  readonly item: ParameterKind | null;
  readonly when: Readonly<Record<string, readonly Json[]>>;
  readonly port: string;
  readonly language: string;
}

export interface ModuleSpec {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly category: string;
  readonly digest: string;
  readonly description: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly parameters: readonly Parameter[];
  readonly dependencies: readonly string[];
  /** Whether its results are used again where a node does not say. */
  readonly reuse?: boolean;
  readonly tags: readonly string[];
  /** Made by people here: it has versions, and can be edited. */
  readonly own?: boolean;
}

/** What a dataset reference means to a pipeline. */
export interface DatasetEntry {
  readonly reference: string;
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly version: number;
  readonly type: string;
  readonly rows: number | null;
  readonly columns: number | null;
  readonly description: string;
  /** Of its table; empty while it is being read. */
  readonly digest?: string;
}

export interface Catalogue {
  /** By reference, `split_data@1`. */
  readonly modules: ReadonlyMap<string, ModuleSpec>;
  /** By reference, `diabetes@1`. */
  readonly datasets: ReadonlyMap<string, DatasetEntry>;
  readonly portTypes: ReadonlyMap<string, PortTypeRow>;
}

export const EMPTY_CATALOGUE: Catalogue = { modules: new Map(), datasets: new Map(), portTypes: new Map() };

export const referenceOf = (spec: { readonly name: string; readonly version: number }): string =>
  `${spec.name}@${String(spec.version)}`;

export const makeCatalogue = (
  modules: readonly ModuleSpec[],
  portTypes: readonly PortTypeRow[],
  datasets: readonly DatasetEntry[],
): Catalogue => ({
  modules: new Map(modules.map((spec) => [referenceOf(spec), spec])),
  portTypes: new Map(portTypes.map((row) => [row.type, row])),
  datasets: new Map(datasets.map((dataset) => [dataset.reference, dataset])),
});

/** The newest version of each module, by title. */
export const newest = (catalogue: Catalogue): readonly ModuleSpec[] => {
  const best = new Map<string, ModuleSpec>();
  for (const spec of catalogue.modules.values()) {
    const known = best.get(spec.name);
    if (!known || spec.version > known.version) best.set(spec.name, spec);
  }
  return [...best.values()].sort((one, other) => one.title.localeCompare(other.title));
};

export const specOf = (catalogue: Catalogue, entry: NodeEntry | undefined): ModuleSpec | undefined =>
  entry?.module === undefined ? undefined : catalogue.modules.get(entry.module);

/** The part of a reference before the `@`. */
export const nameOfReference = (reference: string): string => reference.replace(/@[^@]*$/, "");

/** The words of an identifier: `split_data` becomes "Split data". */
export const inWords = (name: string): string => {
  const spaced = name.replaceAll("_", " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

/** What kind of thing a node is: the module's or dataset's own title. */
export const kindOf = (catalogue: Catalogue, entry: NodeEntry): string => {
  const spec = specOf(catalogue, entry);
  if (spec) return spec.title;
  if (entry.dataset !== undefined && entry.dataset !== "") {
    return catalogue.datasets.get(entry.dataset)?.title || inWords(nameOfReference(entry.dataset));
  }
  return inWords(nameOfReference(entry.module ?? ""));
};

/** What a card says. */
export const titleOf = (catalogue: Catalogue, entry: NodeEntry): string =>
  entry.name === undefined || entry.name === "" ? kindOf(catalogue, entry) : entry.name;

/** A dataset's only output. */
export const datasetPort = (dataset: DatasetEntry | undefined): Port => ({
  name: DATASET_OUTPUT,
  type: dataset?.type ?? "table",
  label: "Data",
  optional: false,
  help: "",
});
