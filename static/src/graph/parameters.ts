import type { Parameter, ParameterKind } from "./catalogue";
import { attachedTo } from "./edits";
import { isObject } from "./json";
import type { Json } from "./json";

/** Which settings of a module count, and what is wrong with their values: what the form needs to know at once. */

/** The value of a parameter: the node's own, else the default. */
export const valueOf = (parameter: Parameter, values: Readonly<Record<string, Json>>): Json =>
  Object.hasOwn(values, parameter.name) ? (values[parameter.name] ?? null) : parameter.default;

/** Whether a parameter counts under these values of the others (its `When`). */
export const counts = (
  parameter: Parameter,
  parameters: readonly Parameter[],
  values: Readonly<Record<string, Json>>,
): boolean =>
  Object.entries(parameter.when).every(([name, allowed]) => {
    const other = parameters.find((one) => one.name === name);
    if (!other) return true;
    const value = valueOf(other, values);
    // A value that comes from a pipeline parameter is known only at run time: show what may count.
    if (attachedTo(value) !== null) return true;
    return allowed.some((one) => one === value) && counts(other, parameters, values);
  });

/** Why a value is refused; a tag, so that the words stand in the catalogue of texts. */
export type Wrong =
  | { readonly why: "missing" }
  | { readonly why: "kind"; readonly kind: ParameterKind }
  | { readonly why: "minimum"; readonly bound: number; readonly exclusive: boolean }
  | { readonly why: "maximum"; readonly bound: number; readonly exclusive: boolean }
  | { readonly why: "choice" }
  | { readonly why: "pattern"; readonly pattern: string }
  | { readonly why: "columns" };

const isColumns = (value: Json): boolean =>
  isObject(value) &&
  (Array.isArray(value["columns"]) || value["begin"] === "all" || value["begin"] === "none");

const isEmptySelection = (value: Json): boolean =>
  isObject(value) && Array.isArray(value["columns"]) && value["columns"].length === 0;

const ofKind = (kind: ParameterKind, value: Json): boolean => {
  switch (kind) {
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "boolean":
      return typeof value === "boolean";
    case "string":
    case "code":
      return typeof value === "string";
    case "date":
      return (
        typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
      );
    case "choice":
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    case "column":
    case "columns":
      return isColumns(value);
    case "secret":
      return isObject(value) && typeof value["secret"] === "string";
    case "datastore":
      return isObject(value) && typeof value["datastore"] === "string";
    case "list":
      return Array.isArray(value);
  }
};

const outOfRange = (parameter: Parameter, value: number): Wrong | null => {
  const { minimum, maximum, exclusive_minimum: above, exclusive_maximum: below } = parameter;
  if (minimum !== null && (above ? value <= minimum : value < minimum)) {
    return { why: "minimum", bound: minimum, exclusive: above };
  }
  if (maximum !== null && (below ? value >= maximum : value > maximum)) {
    return { why: "maximum", bound: maximum, exclusive: below };
  }
  return null;
};

const matches = (pattern: string, value: string): boolean => {
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(value);
  } catch {
    return true; // A pattern this engine cannot read is the server's to judge.
  }
};

/** What is wrong with a value; null if nothing is. The server judges again. */
export const check = (parameter: Parameter, value: Json): Wrong | null => {
  if (attachedTo(value) !== null) return null;
  if (value === null) return parameter.nullable || !parameter.required ? null : { why: "missing" };
  if (parameter.kind === "list") {
    if (!Array.isArray(value)) return { why: "kind", kind: "list" };
    const item = parameter.item;
    const wrong = item === null ? undefined : value.find((one) => !ofKind(item, one));
    return wrong !== undefined && item !== null ? { why: "kind", kind: item } : null;
  }
  if (!ofKind(parameter.kind, value)) return { why: "kind", kind: parameter.kind };
  if (parameter.kind === "choice" && !parameter.choices.some((choice) => choice === value))
    return { why: "choice" };
  if (typeof value === "number") return outOfRange(parameter, value);
  if (parameter.pattern !== "" && typeof value === "string" && !matches(parameter.pattern, value)) {
    return { why: "pattern", pattern: parameter.pattern };
  }
  if ((parameter.kind === "column" || parameter.kind === "columns") && isEmptySelection(value)) {
    return parameter.required ? { why: "columns" } : null;
  }
  return null;
};
