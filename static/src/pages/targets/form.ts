/** What a form of options needs to know, read out of the JSON schema of a kind. */

export interface OptionField {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly required: boolean;
  readonly control:
    "text" | "lines" | "secret" | "secretLines" | "number" | "integer" | "switch" | "choice" | "json";
  readonly choices: readonly string[];
  readonly fallback: unknown;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

type Record_ = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Record_ =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The part of a property that says what it holds: of "something or nothing" the something. */
const inner = (property: Record_): Record_ => {
  const some = list(property["anyOf"])
    .filter(isRecord)
    .filter((one) => one["type"] !== "null");
  return some.length === 1 && some[0] ? { ...property, ...some[0] } : property;
};

const controlOf = (property: Record_, choices: readonly string[]): OptionField["control"] => {
  if (property["secret"] === true) return property["multiline"] === true ? "secretLines" : "secret";
  if (choices.length > 0) return "choice";
  switch (property["type"]) {
    case "integer":
      return "integer";
    case "number":
      return "number";
    case "boolean":
      return "switch";
    case "string":
      return property["multiline"] === true ? "lines" : "text";
    default:
      return "json";
  }
};

/** The fields of a form, in the order of the kind's options. */
export function fieldsOf(form: Record_): readonly OptionField[] {
  const required = new Set(list(form["required"]));
  const properties = isRecord(form["properties"]) ? form["properties"] : {};
  return Object.entries(properties).flatMap(([name, found]) => {
    if (!isRecord(found)) return [];
    const property = inner(found);
    const choices = list(property["enum"]).map(textOf);
    return [
      {
        name,
        title: textOf(found["title"]) || name,
        help: textOf(found["description"]),
        required: required.has(name),
        control: controlOf(property, choices),
        choices,
        fallback: found["default"],
        minimum: numberOf(property["minimum"]),
        maximum: numberOf(property["maximum"]),
      },
    ];
  });
}

/** How many fields stand in the open, besides those that must be filled in. */
const OPEN = 5;

/** The fields that everybody sees, and those of who looks for more. */
export function divided(
  fields: readonly OptionField[],
): readonly [readonly OptionField[], readonly OptionField[]] {
  if (fields.length <= OPEN + 2) return [fields, []];
  const open = fields.filter((field, place) => field.required || place < OPEN);
  return [open, fields.filter((field) => !open.includes(field))];
}

/** What is sent: an option that is empty, or is what it would be anyway, is left away. */
export function wanted(fields: readonly OptionField[], values: Record_): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const { name, fallback, required } of fields) {
    const value = values[name];
    if (value === undefined || value === null) continue;
    if (value === "" && !required) continue;
    if (!required && JSON.stringify(value) === JSON.stringify(fallback)) continue;
    found[name] = value;
  }
  return found;
}
