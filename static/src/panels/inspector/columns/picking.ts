import { chosen, indices, typesOf } from "@/graph/columns";
import type { By, KnownColumn, Rule, Selector } from "@/graph/columns";

/** What a person does in the column picker: pure. */

export type Names = Extract<Selector, { way: "names" }>;
export type Rules = Extract<Selector, { way: "rules" }>;

export const NO_RULES: Rules = { way: "rules", begin: "all", rules: [], keepDuplicates: false };

/** What is marked in a list, and where the last mark began. */
export interface Marks {
  readonly marked: ReadonlySet<string>;
  /** Where Shift extends from. */
  readonly anchor: string | null;
  /** Where the keyboard is. */
  readonly cursor: string | null;
}

export const NO_MARKS: Marks = { marked: new Set(), anchor: null, cursor: null };

/** A click, or a step by keyboard, on one name of a list. */
export const mark = (
  marks: Marks,
  list: readonly string[],
  name: string,
  how: "only" | "toggle" | "range",
): Marks => {
  if (how === "toggle") {
    const marked = new Set(marks.marked);
    if (!marked.delete(name)) marked.add(name);
    return { marked, anchor: name, cursor: name };
  }
  const from = marks.anchor === null ? -1 : list.indexOf(marks.anchor);
  if (how === "only" || from < 0) return { marked: new Set([name]), anchor: name, cursor: name };
  const to = list.indexOf(name);
  return {
    marked: new Set(list.slice(Math.min(from, to), Math.max(from, to) + 1)),
    anchor: marks.anchor,
    cursor: name,
  };
};

/** The name so many places away from the cursor, within the list. */
export const neighbour = (marks: Marks, list: readonly string[], by: number): string | undefined => {
  const at = marks.cursor === null ? -1 : list.indexOf(marks.cursor);
  if (at < 0) return by > 0 ? list[0] : list.at(-1);
  return list[Math.max(0, Math.min(list.length - 1, at + by))];
};

/** What is marked in a list after names left it: the one that took the place of the first. */
export const afterLeaving = (list: readonly string[], gone: ReadonlySet<string>): Marks => {
  const first = list.findIndex((name) => gone.has(name));
  const rest = list.filter((name) => !gone.has(name));
  const next = rest[Math.min(Math.max(first, 0), rest.length - 1)];
  return next === undefined ? NO_MARKS : { marked: new Set([next]), anchor: next, cursor: next };
};

/** The columns not selected yet, in the order of the data. */
export const available = (
  columns: readonly KnownColumn[],
  names: readonly string[],
): readonly KnownColumn[] => {
  const taken = new Set(names);
  return columns.filter((column) => !taken.has(column.name));
};

/** Adds names at the end, each once. */
export const added = (names: readonly string[], more: Iterable<string>): readonly string[] => [
  ...new Set([...names, ...more]),
];

export const removed = (names: readonly string[], gone: ReadonlySet<string>): readonly string[] =>
  names.filter((name) => !gone.has(name));

/** Moves names one place up or down together; what stands at the edge stays. */
export const shifted = (
  names: readonly string[],
  moving: ReadonlySet<string>,
  by: 1 | -1,
): readonly string[] => {
  const order = by < 0 ? [...names] : [...names].reverse();
  for (let at = 1; at < order.length; at += 1) {
    const name = order[at];
    const before = order[at - 1];
    if (name === undefined || before === undefined || !moving.has(name) || moving.has(before)) continue;
    order[at - 1] = name;
    order[at] = before;
  }
  return by < 0 ? order : order.reverse();
};

/** The names of a text that a person typed or pasted. */
export const namesIn = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(/[,\n\t]/)
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  ),
];

export const withBegin = (rules: Rules, begin: Rules["begin"]): Rules => ({ ...rules, begin });

/** A new rule, of the kind that makes sense after the beginning: take away from all, or add to none. */
export const withNewRule = (rules: Rules): Rules => {
  const rule: Rule = { action: rules.begin === "all" ? "exclude" : "include", by: "names", values: [] };
  return { ...rules, rules: [...rules.rules, rule] };
};

export const withRule = (rules: Rules, at: number, change: Partial<Rule>): Rules => ({
  ...rules,
  rules: rules.rules.map((rule, index) => (index === at ? changedRule(rule, change) : rule)),
});

/** Values of one kind mean nothing to another. */
const changedRule = (rule: Rule, change: Partial<Rule>): Rule => ({
  ...rule,
  ...change,
  values: change.values ?? (change.by !== undefined && change.by !== rule.by ? [] : rule.values),
});

export const withoutRule = (rules: Rules, at: number): Rules => ({
  ...rules,
  rules: rules.rules.filter((_, index) => index !== at),
});

export const withMovedRule = (rules: Rules, at: number, by: 1 | -1): Rules => {
  const rule = rules.rules[at];
  const to = at + by;
  if (!rule || to < 0 || to >= rules.rules.length) return rules;
  const rest = rules.rules.filter((_, index) => index !== at);
  return { ...rules, rules: [...rest.slice(0, to), rule, ...rest.slice(to)] };
};

/** Rules that say nothing are not stored. */
export const tidied = (selector: Selector): Selector =>
  selector.way === "names"
    ? selector
    : { ...selector, rules: selector.rules.filter((rule) => rule.values.length > 0) };

/** Picked names as a rule, and rules that only include names as picked names: so that switching loses nothing. */
export const asRules = (names: Names): Rules =>
  names.names.length === 0
    ? NO_RULES
    : {
        way: "rules",
        begin: "none",
        rules: [{ action: "include", by: "names", values: names.names }],
        keepDuplicates: false,
      };

export type ValueProblem = "no_index" | "outside" | "missing";

/** What is wrong with one value of a rule, given the columns known; null if nothing is. */
export const problemOf = (
  by: By,
  value: string,
  columns: readonly KnownColumn[] | null,
): ValueProblem | null => {
  if (by === "indices") {
    const [first, last] = value.split("-").map(Number);
    if (!/^\s*\d+\s*(-\s*\d+\s*)?$/.test(value) || first === 0 || (last ?? Infinity) < (first ?? 0))
      return "no_index";
    return columns !== null && indices(value, columns.length) === null ? "outside" : null;
  }
  if (by === "names" && columns !== null) {
    return columns.some((column) => column.name === value) ? null : "missing";
  }
  return null;
};

/** How many columns of the data a selector means. */
export const countOf = (selector: Selector, columns: readonly KnownColumn[]): number => {
  const known = new Set(columns.map((column) => column.name));
  return chosen(selector, columns).filter((name) => known.has(name)).length;
};

/** The names of a selector that the data does not have. */
export const missingNames = (selector: Selector, columns: readonly KnownColumn[]): readonly string[] => {
  const known = new Set(columns.map((column) => column.name));
  const named =
    selector.way === "names"
      ? selector.names
      : selector.rules.flatMap((rule) => (rule.by === "names" ? rule.values : []));
  return [...new Set(named)].filter((name) => !known.has(name));
};

export type TypeMark = "integer" | "double" | "text" | "boolean" | "time" | "category" | "unknown";

/** The mark a column's type is drawn with. */
export const markOf = (column: KnownColumn | undefined): TypeMark => {
  if (!column || column.type === "") return "unknown";
  const types = typesOf(column);
  if (types.includes("Categorical")) return "category";
  if (types.includes("Integer")) return "integer";
  if (types.includes("Double")) return "double";
  if (types.includes("Boolean")) return "boolean";
  if (types.includes("DateTime")) return "time";
  return "text";
};
