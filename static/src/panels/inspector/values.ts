import type { Parameter } from "@/graph/catalogue";
import type { NodeEntry, ParameterType, PipelineDocument, PipelineParameter } from "@/graph/document";
import { attachedTo } from "@/graph/edits";
import { sameJson } from "@/graph/json";
import type { Json } from "@/graph/json";
import { freeId } from "@/graph/names";
import { counts, valueOf } from "@/graph/parameters";
import { formatNumber } from "@/ui/format";

/** Which fields a form shows, and what it stores: pure. */

export type Values = Readonly<Record<string, Json>>;

export const NO_VALUES: Values = {};

/** The parameters that count under these values, in the module's order. */
export const visible = (parameters: readonly Parameter[], values: Values): readonly Parameter[] =>
  parameters.filter((parameter) => counts(parameter, parameters, values));

/**
 * What a node stores for a value: nothing where it is the default, so that a better default of a later version reaches
 * it. A required parameter has no default to fall back to.
 */
export const stored = (parameter: Parameter, value: Json | undefined): Json | undefined =>
  value === undefined || (!parameter.required && sameJson(value, parameter.default)) ? undefined : value;

/** Whether a node says something else than the module. */
export const differs = (parameter: Parameter, values: Values): boolean =>
  Object.hasOwn(values, parameter.name) && !sameJson(values[parameter.name], parameter.default);

/** Which type of pipeline parameter a parameter of a module can be attached to; null for none. */
export const attachable = (parameter: Parameter): ParameterType | null => {
  switch (parameter.kind) {
    case "integer":
    case "number":
    case "string":
    case "boolean":
      return parameter.kind;
    case "choice":
      return parameter.choices.every((choice) => typeof choice === "string") ? "string" : null;
    case "date":
    case "code":
      return "string";
    case "column":
    case "columns":
    case "secret":
    case "datastore":
    case "list":
      return null;
  }
};

/** The pipeline parameters a module's parameter can be attached to: a whole number is a number too. */
export const candidates = (document: PipelineDocument, parameter: Parameter): readonly string[] => {
  const wanted = attachable(parameter);
  if (wanted === null) return [];
  return Object.entries(document.parameters)
    .filter(([, { type }]) => type === wanted || (wanted === "number" && type === "integer"))
    .map(([name]) => name);
};

/** A name for a new pipeline parameter. */
export const suggestName = (document: PipelineDocument, base: string): string =>
  freeId(base, (name) => Object.hasOwn(document.parameters, name));

export type NameProblem = "wrong" | "taken";

/** What is wrong with the name of a pipeline parameter; null if nothing is. */
export const checkName = (document: PipelineDocument, name: string, own?: string): NameProblem | null => {
  if (!/^\p{L}[\p{L}\p{N}_]*$/u.test(name)) return "wrong";
  return name !== own && Object.hasOwn(document.parameters, name) ? "taken" : null;
};

/** How often a pipeline parameter is used. */
export const usesOf = (nodes: Readonly<Record<string, NodeEntry>>, name: string): number =>
  Object.values(nodes).reduce(
    (sum, entry) =>
      sum + Object.values(entry.parameters ?? {}).filter((value) => attachedTo(value) === name).length,
    0,
  );

/** The pipeline parameter that takes over a value. */
export const parameterFor = (type: ParameterType, value: Json, help: string): PipelineParameter => ({
  type,
  ...(value === null ? {} : { default: value }),
  ...(help === "" ? {} : { help }),
});

/** The value a field keeps when it is detached: what the pipeline parameter says; nothing if it says nothing. */
export const detached = (
  document: PipelineDocument,
  parameter: Parameter,
  name: string,
): Json | undefined => {
  const value = document.parameters[name]?.default;
  return value === undefined || value === null ? undefined : stored(parameter, value);
};

/** A value as another type of pipeline parameter; undefined where it does not translate. */
export const converted = (value: Json | undefined, type: ParameterType): Json | undefined => {
  if (value === undefined || value === null) return undefined;
  switch (type) {
    case "string":
      return typeof value === "object" ? undefined : String(value);
    case "boolean":
      return value === true || value === "true" || value === 1;
    case "number":
    case "integer": {
      const number =
        typeof value === "boolean" ? Number(value) : typeof value === "string" ? Number(value) : value;
      if (typeof number !== "number" || !Number.isFinite(number) || value === "") return undefined;
      return type === "integer" ? Math.round(number) : number;
    }
  }
};

/** How a choice is told apart in a list of texts: `1` and `"1"` are two. */
export const keyOf = (value: Json): string => JSON.stringify(value);

/** Whether choices are few and short enough to stand side by side in the inspector's width. */
export const fitSideBySide = (
  choices: readonly (string | number | boolean)[],
  nullable: boolean,
): boolean => {
  const words = choices.map(String);
  const limit = words.length <= 2 ? 17 : 11;
  return !nullable && words.length >= 2 && words.length <= 3 && words.every((word) => word.length <= limit);
};

/** A simple value in words; null for what has no short form. */
export const inShort = (
  value: Json | undefined,
  words: { readonly true: string; readonly false: string },
): string | null => {
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "boolean") return value ? words.true : words.false;
  if (typeof value === "string") return value.length > 40 ? `${value.slice(0, 38)}…` : value;
  return null;
};

/** The items of a list that a text means: numbers where the list holds numbers, else the text itself. */
export const readItem = (kind: Parameter["item"], text: string): Json => {
  if (kind === "integer" || kind === "number") {
    const number = Number(text.replaceAll("\u2009", ""));
    return text.trim() !== "" && Number.isFinite(number) ? number : text;
  }
  if (kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
};

export { valueOf };
