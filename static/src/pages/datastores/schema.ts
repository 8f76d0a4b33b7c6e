import { isObject } from "@/graph/json";
import type { DatastoreKind } from "@/api/queries.datastores";

/** One field of a kind's form. */
export interface Option {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly type: "text" | "number" | "boolean";
  readonly secret: boolean;
  readonly multiline: boolean;
  readonly required: boolean;
  readonly initial: string | number | boolean;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** The fields of a kind, from the JSON schema of its settings. */
export const optionsOf = (kind: DatastoreKind): readonly Option[] => {
  const properties: unknown = kind.options["properties"];
  const required: unknown = kind.options["required"];
  if (!isObject(properties)) return [];
  return Object.entries(properties).map(([name, about]) => {
    const field: Readonly<Record<string, unknown>> = isObject(about) ? about : {};
    const type = field["type"] === "boolean" ? "boolean" : field["type"] === "integer" ? "number" : "text";
    const initial = field["default"];
    return {
      name,
      title: textOf(field["title"]) === "" ? name : textOf(field["title"]),
      help: textOf(field["description"]),
      type,
      secret: kind.secrets.includes(name),
      multiline: field["multiline"] === true,
      required: Array.isArray(required) && required.includes(name),
      initial:
        typeof initial === "string" || typeof initial === "number" || typeof initial === "boolean"
          ? initial
          : type === "boolean"
            ? false
            : "",
    };
  });
};
