import { describe, expect, it } from "vitest";
import { chosen, indices, readSelector, writeSelector } from "./columns";
import type { KnownColumn, Selector } from "./columns";

const column = (name: string, type: string, role = ""): KnownColumn => ({ name, type, role });

const COLUMNS = [
  column("age", "Int64"),
  column("bmi", "Float64"),
  column("sex", "Categorical"),
  column("note", "String"),
  column("target", "Float64", "label"),
];

const rules = (begin: "all" | "none", ...list: Extract<Selector, { way: "rules" }>["rules"]): Selector => ({
  way: "rules",
  begin,
  rules: list,
  keepDuplicates: false,
});

describe("a column selector", () => {
  it("means what the Python one means", () => {
    expect(chosen(rules("all", { action: "exclude", by: "types", values: ["String"] }), COLUMNS)).toEqual([
      "age",
      "bmi",
      "target",
    ]);
    expect(
      chosen(rules("none", { action: "include", by: "indices", values: ["4", "1-2"] }), COLUMNS),
    ).toEqual(["age", "bmi", "note"]);
    expect(chosen(rules("none", { action: "include", by: "roles", values: ["labels"] }), COLUMNS)).toEqual([
      "target",
    ]);
    expect(
      chosen(
        rules(
          "all",
          { action: "exclude", by: "types", values: ["Numeric"] },
          { action: "include", by: "names", values: ["bmi"] },
        ),
        COLUMNS,
      ),
    ).toEqual(["bmi", "sex", "note"]);
  });

  it("keeps duplicates and the order of the rules where asked to", () => {
    const selector: Selector = {
      way: "rules",
      begin: "none",
      rules: [
        { action: "include", by: "names", values: ["bmi"] },
        { action: "include", by: "names", values: ["age", "bmi"] },
      ],
      keepDuplicates: true,
    };

    expect(chosen(selector, COLUMNS)).toEqual(["bmi", "age", "bmi"]);
  });

  it("is read and written in the same form", () => {
    for (const value of [
      { columns: ["age"] },
      { begin: "all", rules: [{ action: "exclude", by: "types", values: ["String"] }] },
      { begin: "none", rules: [], keep_duplicates: true },
    ]) {
      expect(writeSelector(readSelector(value))).toEqual(value);
    }
    expect(readSelector("age")).toEqual({ way: "names", names: ["age"] });
    expect(readSelector(null)).toEqual({ way: "names", names: [] });
  });

  it("takes closed ranges of positions only", () => {
    expect([
      indices("3", 5),
      indices(" 1 - 2 ", 5),
      indices("4-9", 5),
      indices("2-", 5),
      indices("0", 5),
    ]).toEqual([[2], [0, 1], null, null, null]);
  });
});
