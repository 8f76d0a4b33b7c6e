import { describe, expect, it } from "vitest";
import type { Parameter } from "./catalogue";
import { check, counts, valueOf } from "./parameters";

const parameter = (more: Partial<Parameter>): Parameter => ({
  name: "p",
  kind: "number",
  label: "P",
  default: null,
  required: false,
  nullable: false,
  help: "",
  minimum: null,
  maximum: null,
  exclusive_minimum: false,
  exclusive_maximum: false,
  pattern: "",
  choices: [],
  item: null,
  when: {},
  port: "",
  language: "",
  ...more,
});

describe("a value", () => {
  it("is judged by kind, range, choice and pattern", () => {
    const range = parameter({ minimum: 0, maximum: 1, exclusive_minimum: true });

    expect(check(range, 0.5)).toBeNull();
    expect(check(range, 0)).toEqual({ why: "minimum", bound: 0, exclusive: true });
    expect(check(range, 1.5)).toEqual({ why: "maximum", bound: 1, exclusive: false });
    expect(check(range, "x")).toEqual({ why: "kind", kind: "number" });
    expect(check(parameter({ kind: "integer" }), 1.5)).toEqual({ why: "kind", kind: "integer" });
    expect(check(parameter({ kind: "choice", choices: ["a"] }), "b")).toEqual({ why: "choice" });
    expect(check(parameter({ kind: "string", pattern: "[a-z]+" }), "a1")).toEqual({
      why: "pattern",
      pattern: "[a-z]+",
    });
    expect(check(parameter({ kind: "string", pattern: "(" }), "a1")).toBeNull();
    expect(check(parameter({ kind: "date" }), "2026-02-30")).toBeNull();
    expect(check(parameter({ kind: "date" }), "soon")).toEqual({ why: "kind", kind: "date" });
    expect(check(parameter({ kind: "list", item: "integer" }), [1, "2"])).toEqual({
      why: "kind",
      kind: "integer",
    });
  });

  it("may be missing only where it need not be there", () => {
    expect(check(parameter({ required: true }), null)).toEqual({ why: "missing" });
    expect(check(parameter({ required: true, nullable: true }), null)).toBeNull();
    expect(check(parameter({ kind: "columns", required: true }), { columns: [] })).toEqual({
      why: "columns",
    });
  });

  it("that comes from a pipeline parameter is judged by the server", () => {
    expect(check(parameter({ minimum: 0 }), { parameter: "share" })).toBeNull();
  });
});

describe("a setting that depends on another", () => {
  const mode = parameter({ name: "mode", kind: "choice", default: "rows", choices: ["rows", "regex"] });
  const share = parameter({ name: "share", default: 0.5, when: { mode: ["rows"] } });
  const deep = parameter({ name: "deep", default: 1, when: { share: [0.5] } });
  const all = [mode, share, deep];

  it("counts only while that has one of the named values", () => {
    expect(counts(share, all, {})).toBe(true);
    expect(counts(share, all, { mode: "regex" })).toBe(false);
    expect(counts(share, all, { mode: { parameter: "m" } })).toBe(true);
  });

  it("does not count while that itself does not", () => {
    expect(counts(deep, all, {})).toBe(true);
    expect(counts(deep, all, { mode: "regex" })).toBe(false);
  });

  it("has its default until it is set", () => {
    expect([valueOf(share, {}), valueOf(share, { share: 0.7 })]).toEqual([0.5, 0.7]);
  });
});
