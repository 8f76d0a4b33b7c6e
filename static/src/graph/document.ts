import { isObject } from "./json";
import type { Json } from "./json";

/** The pipeline document, as the server keeps it (its words are those of the Python `graph.document`). */
export const FORMAT = "designer.pipeline/1";

/** The one output port of a dataset node. */
export const DATASET_OUTPUT = "data";

export type ParameterType = "integer" | "number" | "string" | "boolean";

/** A value asked for when the pipeline is run. */
export interface PipelineParameter {
  readonly type: ParameterType;
  readonly default?: Json;
  readonly help?: string;
}

/** A module or dataset at work: exactly one of `module` and `dataset` is set. */
export interface NodeEntry {
  readonly dataset?: string;
  readonly module?: string;
  /** What the card says, when renamed. */
  readonly name?: string;
  /** By input port: the `node.output` that feeds it. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Order without data. */
  readonly after?: readonly string[];
  readonly parameters?: Readonly<Record<string, Json>>;
  readonly target?: string;
  readonly environment?: string;
  readonly reuse?: boolean;
  readonly retries?: number;
  readonly retry_delay?: number;
  readonly retry_backoff?: number;
  /** Which exit codes are tried again; none given is any failure. */
  readonly retry_exit_codes?: readonly number[];
  /** When it runs, by how the steps before it ended. */
  readonly run_if?: "success" | "always" | "failure";
  readonly priority?: number;
  readonly timeout?: number;
  readonly disabled?: "off" | "bypass";
  readonly comment?: string;
  readonly pinned?: Readonly<Record<string, string>>;
}

export interface Settings {
  readonly target?: string;
  readonly continue_on_step_failure?: boolean;
}

/** Left top corner, in canvas units. */
export type Place = readonly [number, number];

export interface Note {
  readonly id: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PipelineDocument {
  readonly format: string;
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, PipelineParameter>>;
  readonly nodes: Readonly<Record<string, NodeEntry>>;
  readonly settings: Settings;
  readonly layout: Readonly<Record<string, Place>>;
  readonly notes: readonly Note[];
}

export const EMPTY: PipelineDocument = {
  format: FORMAT,
  name: "",
  description: "",
  parameters: {},
  nodes: {},
  settings: {},
  layout: {},
  notes: [],
};

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const absentOr = (value: unknown, check: (value: unknown) => boolean): boolean =>
  value === undefined || value === null || check(value);
const isMapOf = (value: unknown, check: (value: unknown) => boolean): boolean =>
  isObject(value) && Object.values(value).every(check);

const isNode = (value: unknown): value is NodeEntry =>
  isObject(value) &&
  absentOr(value["dataset"], isText) &&
  absentOr(value["module"], isText) &&
  absentOr(value["name"], isText) &&
  absentOr(value["inputs"], (inputs) => isMapOf(inputs, isText)) &&
  absentOr(value["after"], (after) => Array.isArray(after) && after.every(isText)) &&
  absentOr(value["parameters"], isObject);

const isPlace = (value: unknown): value is Place =>
  Array.isArray(value) && value.length === 2 && value.every(isNumber);

const isParameter = (value: unknown): value is PipelineParameter => isObject(value) && isText(value["type"]);

const note = (value: unknown, index: number): readonly Note[] => {
  if (!isObject(value)) return [];
  const number = (key: string, otherwise: number) => (isNumber(value[key]) ? value[key] : otherwise);
  return [
    {
      id: isText(value["id"]) && value["id"] !== "" ? value["id"] : `note_${String(index + 1)}`,
      text: isText(value["text"]) ? value["text"] : "",
      x: number("x", 0),
      y: number("y", 0),
      width: number("width", 240),
      height: number("height", 120),
    },
  ];
};

const entriesOf = <V>(value: unknown, check: (value: unknown) => value is V): Record<string, V> | null => {
  if (value === undefined) return {};
  if (!isObject(value)) return null;
  const result: [string, V][] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (!check(entry)) return null;
    result.push([key, entry]);
  }
  return Object.fromEntries(result);
};

/** A document in the shape the editor works on; null for what it could only damage. Missing parts get their defaults. */
export const readDocument = (value: unknown): PipelineDocument | null => {
  if (!isObject(value)) return null;
  const nodes = entriesOf(value["nodes"], isNode);
  const layout = entriesOf(value["layout"], isPlace);
  const parameters = entriesOf(value["parameters"], isParameter);
  const notes = value["notes"] ?? [];
  if (!nodes || !layout || !parameters || !Array.isArray(notes)) return null;
  return {
    format: isText(value["format"]) ? value["format"] : FORMAT,
    name: isText(value["name"]) ? value["name"] : "",
    description: isText(value["description"]) ? value["description"] : "",
    parameters,
    nodes,
    settings: isObject(value["settings"]) ? value["settings"] : {},
    layout: placed(nodes, layout),
    notes: notes.flatMap(note),
  };
};

/** Gives a place, in a plain grid, to nodes that have none (documents written by hand). */
const placed = (
  nodes: Readonly<Record<string, NodeEntry>>,
  layout: Readonly<Record<string, Place>>,
): Readonly<Record<string, Place>> => {
  const homeless = Object.keys(nodes).filter((id) => !Object.hasOwn(layout, id));
  if (homeless.length === 0) return layout;
  const bottom = Object.values(layout).reduce((most, [, y]) => Math.max(most, y + 160), 0);
  const given = homeless.map((id, index): [string, Place] => [
    id,
    [(index % 6) * 240, bottom + Math.floor(index / 6) * 144],
  ]);
  return { ...layout, ...Object.fromEntries(given) };
};

/** A node's place; the origin for one that has none. */
export const placeOf = (document: PipelineDocument, id: string): Place => document.layout[id] ?? [0, 0];
