import { isObject } from "./json";
import type { Json } from "./json";

/** The column selector as JSON (see the Python `designer.module.columns`). */

export const BY = ["names", "indices", "types", "roles"] as const;
export type By = (typeof BY)[number];

export const COLUMN_TYPES = [
  "Integer",
  "Double",
  "Numeric",
  "String",
  "Boolean",
  "DateTime",
  "Categorical",
] as const;
export const COLUMN_ROLES = ["features", "labels", "scores"] as const;

export interface Rule {
  readonly action: "include" | "exclude";
  readonly by: By;
  readonly values: readonly string[];
}

export type Selector =
  | { readonly way: "names"; readonly names: readonly string[] }
  | {
      readonly way: "rules";
      readonly begin: "all" | "none";
      readonly rules: readonly Rule[];
      readonly keepDuplicates: boolean;
    };

export interface KnownColumn {
  readonly name: string;
  readonly type: string;
  readonly role: string;
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

const readRule = (value: unknown): readonly Rule[] => {
  if (!isObject(value)) return [];
  const by = BY.find((one) => one === value["by"]);
  if (!by) return [];
  return [
    { action: value["action"] === "exclude" ? "exclude" : "include", by, values: texts(value["values"]) },
  ];
};

export const readSelector = (value: Json | undefined): Selector => {
  if (typeof value === "string") return { way: "names", names: [value] };
  if (Array.isArray(value)) return { way: "names", names: texts(value) };
  if (isObject(value) && (value["begin"] === "all" || value["begin"] === "none")) {
    return {
      way: "rules",
      begin: value["begin"],
      rules: Array.isArray(value["rules"]) ? value["rules"].flatMap(readRule) : [],
      keepDuplicates: value["keep_duplicates"] === true,
    };
  }
  return { way: "names", names: isObject(value) ? texts(value["columns"]) : [] };
};

export const writeSelector = (selector: Selector): Json =>
  selector.way === "names"
    ? { columns: selector.names }
    : {
        begin: selector.begin,
        rules: selector.rules.map(({ action, by, values }) => ({ action, by, values })),
        ...(selector.keepDuplicates ? { keep_duplicates: true } : {}),
      };

/** 0-based positions that "3" or "1-4" name among `count` columns; null where it names none. */
export const indices = (text: string, count: number): readonly number[] | null => {
  const found = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(text);
  if (!found) return null;
  const first = Number(found[1]);
  const last = found[2] === undefined ? first : Number(found[2]);
  if (first < 1 || first > last || last > count) return null;
  return Array.from({ length: last - first + 1 }, (_, at) => first - 1 + at);
};

const roleOf = (column: KnownColumn): string => (column.role === "" ? "feature" : column.role);

/** The selector types a column has, from whichever name of a type the server gives. */
export const typesOf = (column: KnownColumn): readonly string[] => {
  const type = column.type.toLowerCase();
  const categorical = column.role === "categorical" ? ["Categorical"] : [];
  if (/^(u?int|integer)/.test(type)) return ["Integer", "Numeric", ...categorical];
  if (/^(float|decimal|double|number|numeric)/.test(type)) return ["Double", "Numeric", ...categorical];
  if (type.startsWith("bool")) return ["Boolean", ...categorical];
  if (/^(date|time|duration)/.test(type)) return ["DateTime", ...categorical];
  if (/^(cat|enum)/.test(type)) return ["Categorical", "String"];
  return ["String", ...categorical];
};

const matching = (rule: Rule, columns: readonly KnownColumn[]): readonly string[] => {
  switch (rule.by) {
    case "names":
      return rule.values.filter((name) => columns.some((column) => column.name === name));
    case "indices":
      return rule.values.flatMap((text) =>
        (indices(text, columns.length) ?? []).flatMap((at) => columns[at]?.name ?? []),
      );
    case "types":
      return columns
        .filter((column) => typesOf(column).some((type) => rule.values.includes(type)))
        .map((c) => c.name);
    case "roles":
      return columns
        .filter((column) => rule.values.some((value) => value.replace(/s$/, "") === roleOf(column)))
        .map((column) => column.name);
  }
};

/** The columns a selector means among those known; names that are not known are kept when picked by name. */
export const chosen = (selector: Selector, columns: readonly KnownColumn[]): readonly string[] => {
  if (selector.way === "names") return selector.names;
  let names: readonly string[] = selector.begin === "all" ? columns.map((column) => column.name) : [];
  for (const rule of selector.rules) {
    const match = matching(rule, columns);
    if (rule.action === "exclude") names = names.filter((name) => !match.includes(name));
    else if (selector.keepDuplicates) names = [...names, ...match];
    else names = [...names, ...match.filter((name) => !names.includes(name))];
  }
  if (selector.keepDuplicates) return names;
  const kept = new Set(names);
  return columns.flatMap((column) => (kept.has(column.name) ? [column.name] : []));
};
