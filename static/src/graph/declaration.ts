import { isObject, without } from "./json";
import type { Json, JsonObject } from "./json";

/** The declaration of a command as rows that a person may change: pure. */

export type Side = "inputs" | "outputs";
export type Role = "input" | "output" | "parameter";

export interface DeclaredRow {
  readonly side: Side;
  readonly name: string;
  readonly role: Role;
  readonly type: string;
  readonly format: string;
  readonly optional: boolean;
  readonly fallback: string;
}

const PORTS = new Set([
  ...["table", "file", "folder", "images", "metrics", "figure", "model", "untrained_model"],
  ...["transformation", "any", "uri_file", "uri_folder", "mltable", "mlflow_model", "custom_model"],
  ...["triton_model", "anyfile", "anydirectory", "path", "dataframedirectory", "modeldirectory"],
]);

export const INPUT_TYPES = [
  "table",
  "file",
  "folder",
  "images",
  "metrics",
  "figure",
  "model",
  "any",
] as const;
export const OUTPUT_TYPES = ["table", "file", "folder", "images", "metrics", "figure", "model"] as const;
export const PARAMETER_TYPES = ["string", "integer", "number", "boolean", "date", "list", "secret"] as const;
export const TABLE_FORMATS = ["csv", "parquet"] as const;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const entriesOf = (declaration: JsonObject, side: Side): JsonObject => {
  const found = declaration[side];
  return isObject(found) ? toJson(found) : {};
};

/** An object of JSON as the type says it. */
const toJson = (value: Readonly<Record<string, unknown>>): JsonObject => JSON.parse(JSON.stringify(value));

const aboutOf = (entry: Json | undefined): JsonObject =>
  typeof entry === "string" ? { type: entry } : isObject(entry) ? toJson(entry) : {};

/** Every port and parameter, inputs first. */
export const rowsOfDeclaration = (declaration: JsonObject): readonly DeclaredRow[] =>
  (["inputs", "outputs"] as const).flatMap((side) =>
    Object.entries(entriesOf(declaration, side)).map(([name, entry]): DeclaredRow => {
      const about = aboutOf(entry);
      const type = textOf(about["type"]);
      const role = side === "outputs" ? "output" : PORTS.has(type.toLowerCase()) ? "input" : "parameter";
      const fallback = about["default"];
      return {
        side,
        name,
        role,
        type,
        format: textOf(about["format"]),
        optional: about["optional"] === true,
        fallback:
          fallback === undefined || fallback === null
            ? ""
            : typeof fallback === "string"
              ? fallback
              : JSON.stringify(fallback),
      };
    }),
  );

const put = (declaration: JsonObject, side: Side, name: string, about: JsonObject): JsonObject => ({
  ...declaration,
  [side]: { ...entriesOf(declaration, side), [name]: about },
});

const keptOf = (about: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(about).filter(([key]) => ["description", "label"].includes(key)));

/** Takes something for a port or for a parameter; the command follows. */
export const withRole = (declaration: JsonObject, row: DeclaredRow, role: Role): JsonObject => {
  const about = aboutOf(entriesOf(declaration, row.side)[row.name]);
  const to: Side = role === "output" ? "outputs" : "inputs";
  const fresh: JsonObject =
    role === "parameter"
      ? { type: "string", ...keptOf(about), optional: true }
      : { type: row.role === "parameter" ? "file" : row.type, ...keptOf(about) };
  const form = role !== "parameter" && row.role !== "parameter" ? about["format"] : undefined;
  const entry: JsonObject = form === undefined ? fresh : { ...fresh, format: form };
  const moved =
    to === row.side
      ? put(declaration, to, row.name, entry)
      : put(
          { ...declaration, [row.side]: without(entriesOf(declaration, row.side), row.name) },
          to,
          row.name,
          entry,
        );
  const place = (side: Side) => `\${{${side}.${row.name}}}`;
  const command = textOf(declaration["command"]).replaceAll(place(row.side), place(to));
  return command === "" ? moved : { ...moved, command };
};

export const withType = (declaration: JsonObject, row: DeclaredRow, type: string): JsonObject => {
  const about = aboutOf(entriesOf(declaration, row.side)[row.name]);
  const kept = row.role === "parameter" ? without(about, "default") : without(about, "format");
  const form: JsonObject = type === "table" ? { format: row.format === "parquet" ? "parquet" : "csv" } : {};
  return put(declaration, row.side, row.name, {
    ...kept,
    type,
    ...form,
    ...(row.role === "parameter" && type === "boolean" ? { default: false } : {}),
  });
};

export const withFormat = (declaration: JsonObject, row: DeclaredRow, format: string): JsonObject =>
  put(declaration, row.side, row.name, {
    ...aboutOf(entriesOf(declaration, row.side)[row.name]),
    format,
  });

export const withOptional = (declaration: JsonObject, row: DeclaredRow, optional: boolean): JsonObject => {
  const about = without(aboutOf(entriesOf(declaration, row.side)[row.name]), "optional");
  return put(declaration, row.side, row.name, optional ? { ...about, optional } : about);
};

/** The value that a text means for a type; the text itself where it means none. */
const valueOf = (type: string, text: string): Json => {
  if (type === "boolean") return text.trim().toLowerCase() === "true";
  if (type === "integer" || type === "number") {
    const value = Number(text);
    return text.trim() === "" || !Number.isFinite(value) ? text : value;
  }
  if (type === "list") {
    try {
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value)) return JSON.parse(JSON.stringify(value));
    } catch {
      // parted by commas instead
    }
    return text
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
  }
  return text;
};

export const withFallback = (declaration: JsonObject, row: DeclaredRow, text: string): JsonObject => {
  const about = without(aboutOf(entriesOf(declaration, row.side)[row.name]), "default");
  if (text === "") return put(declaration, row.side, row.name, { ...about, optional: true });
  return put(declaration, row.side, row.name, {
    ...without(about, "optional"),
    default: valueOf(row.type, text),
  });
};

export const withRow = (declaration: JsonObject, role: Role, name: string): JsonObject => {
  const side: Side = role === "output" ? "outputs" : "inputs";
  const about: JsonObject =
    role === "parameter"
      ? { type: "string", default: "" }
      : { type: "table", format: role === "output" ? "csv" : "csv" };
  const command = textOf(declaration["command"]);
  const added = put(declaration, side, name, about);
  return command === "" ? added : { ...added, command: `${command} \${{${side}.${name}}}` };
};

export const withoutRow = (declaration: JsonObject, row: DeclaredRow): JsonObject => {
  const left = {
    ...declaration,
    [row.side]: without(entriesOf(declaration, row.side), row.name),
  };
  const place = `\\$\\{\\{\\s*${row.side}\\.${row.name}\\s*\\}\\}`;
  const command = textOf(declaration["command"])
    .replace(new RegExp(`\\s*\\$\\[\\[[^\\]]*${place}[^\\]]*\\]\\]`, "g"), "")
    .replace(new RegExp(`\\s+(--?[\\w-]+\\s+)?${place}`, "g"), "");
  return command === "" ? left : { ...left, command };
};
