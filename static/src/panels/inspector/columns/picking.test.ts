import { expect, test } from "vitest";
import type { KnownColumn, Selector } from "@/graph/columns";
import {
  NO_MARKS,
  NO_RULES,
  added,
  afterLeaving,
  asRules,
  available,
  countOf,
  mark,
  markOf,
  missingNames,
  namesIn,
  neighbour,
  problemOf,
  removed,
  shifted,
  tidied,
  withBegin,
  withMovedRule,
  withNewRule,
  withRule,
  withoutRule,
} from "./picking";

const column = (name: string, type: string, role = ""): KnownColumn => ({ name, type, role });

const COLUMNS = [
  column("age", "Integer"),
  column("bmi", "Double"),
  column("sex", "Categorical"),
  column("seen", "DateTime"),
  column("smoker", "Boolean"),
  column("name", "String"),
];

const LIST = ["a", "b", "c", "d", "e"];

test("a click marks one, with Ctrl one more, with Shift all between", () => {
  const one = mark(NO_MARKS, LIST, "b", "only");
  const range = mark(one, LIST, "d", "range");
  const back = mark(range, LIST, "a", "range");
  const less = mark(range, LIST, "c", "toggle");

  expect([...one.marked]).toEqual(["b"]);
  expect([...range.marked]).toEqual(["b", "c", "d"]);
  expect([...back.marked]).toEqual(["a", "b"]);
  expect([...less.marked]).toEqual(["b", "d"]);
});

test("a range without a beginning marks one", () => {
  const marks = mark(NO_MARKS, LIST, "c", "range");

  expect([...marks.marked]).toEqual(["c"]);
});

test("the keyboard stays within the list", () => {
  const last = mark(NO_MARKS, LIST, "e", "only");

  expect(neighbour(NO_MARKS, LIST, 1)).toBe("a");
  expect(neighbour(NO_MARKS, LIST, -1)).toBe("e");
  expect(neighbour(last, LIST, 10)).toBe("e");
  expect(neighbour(last, LIST, -1)).toBe("d");
  expect(neighbour(NO_MARKS, [], 1)).toBeUndefined();
});

test("what follows those that left is marked next", () => {
  expect([...afterLeaving(LIST, new Set(["b", "c"])).marked]).toEqual(["d"]);
  expect([...afterLeaving(LIST, new Set(["e"])).marked]).toEqual(["d"]);
  expect([...afterLeaving(["a"], new Set(["a"])).marked]).toEqual([]);
});

test("names move between the lists, each once", () => {
  expect(added(["b"], ["a", "b"])).toEqual(["b", "a"]);
  expect(removed(["a", "b", "c"], new Set(["b"]))).toEqual(["a", "c"]);
  expect(available(COLUMNS, ["age", "gone"]).map(({ name }) => name)).toEqual([
    "bmi",
    "sex",
    "seen",
    "smoker",
    "name",
  ]);
});

test("marked names move together and stop at the edge", () => {
  expect(shifted(LIST, new Set(["c", "d"]), -1)).toEqual(["a", "c", "d", "b", "e"]);
  expect(shifted(LIST, new Set(["c", "d"]), 1)).toEqual(["a", "b", "e", "c", "d"]);
  expect(shifted(LIST, new Set(["a", "c"]), -1)).toEqual(["a", "c", "b", "d", "e"]);
  expect(shifted(LIST, new Set(["e"]), 1)).toEqual(LIST);
});

test("pasted names are parted and each taken once", () => {
  expect(namesIn("age, bmi\nsex\tage,,")).toEqual(["age", "bmi", "sex"]);
});

test("a new rule does what makes sense after the beginning", () => {
  expect(withNewRule(NO_RULES).rules[0]?.action).toBe("exclude");
  expect(withNewRule(withBegin(NO_RULES, "none")).rules[0]?.action).toBe("include");
});

test("rules are changed, moved and removed by place", () => {
  const two = withRule(withNewRule(withNewRule(NO_RULES)), 0, { values: ["age"] });

  expect(withRule(two, 0, { by: "types" }).rules[0]).toEqual({ action: "exclude", by: "types", values: [] });
  expect(withRule(two, 0, { action: "include" }).rules[0]?.values).toEqual(["age"]);
  expect(withMovedRule(two, 0, 1).rules[1]?.values).toEqual(["age"]);
  expect(withMovedRule(two, 0, -1)).toBe(two);
  expect(withoutRule(two, 0).rules).toEqual([{ action: "exclude", by: "names", values: [] }]);
});

test("rules without values are not stored", () => {
  expect(tidied(withNewRule(NO_RULES))).toEqual(NO_RULES);
});

test("picked names turn into a rule that means the same", () => {
  const names: Selector = { way: "names", names: ["bmi", "age"] };

  expect(asRules({ way: "names", names: ["bmi", "age"] }).rules).toEqual([
    { action: "include", by: "names", values: ["bmi", "age"] },
  ]);
  expect(countOf(names, COLUMNS)).toBe(2);
});

test("what fits no column is told", () => {
  expect(problemOf("indices", "3", COLUMNS)).toBeNull();
  expect(problemOf("indices", "2-4", COLUMNS)).toBeNull();
  expect(problemOf("indices", "9", COLUMNS)).toBe("outside");
  expect(problemOf("indices", "9", null)).toBeNull();
  expect(problemOf("indices", "4-", COLUMNS)).toBe("no_index");
  expect(problemOf("indices", "4-2", COLUMNS)).toBe("no_index");
  expect(problemOf("indices", "0", COLUMNS)).toBe("no_index");
  expect(problemOf("names", "weight", COLUMNS)).toBe("missing");
  expect(problemOf("names", "weight", null)).toBeNull();
  expect(problemOf("types", "String", COLUMNS)).toBeNull();
});

test("names that are not in the data are found in both ways", () => {
  const rules: Selector = {
    way: "rules",
    begin: "all",
    keepDuplicates: false,
    rules: [
      { action: "exclude", by: "names", values: ["weight", "age"] },
      { action: "exclude", by: "types", values: ["String"] },
    ],
  };

  expect(missingNames(rules, COLUMNS)).toEqual(["weight"]);
  expect(missingNames({ way: "names", names: ["age", "weight"] }, COLUMNS)).toEqual(["weight"]);
  expect(countOf({ way: "names", names: ["age", "weight"] }, COLUMNS)).toBe(1);
});

test("each type has its mark", () => {
  expect(COLUMNS.map(markOf)).toEqual(["integer", "double", "category", "time", "boolean", "text"]);
  expect(markOf(undefined)).toBe("unknown");
});
