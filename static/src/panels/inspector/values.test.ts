import { expect, test } from "vitest";
import type { Parameter } from "@/graph/catalogue";
import { EMPTY } from "@/graph/document";
import type { PipelineDocument } from "@/graph/document";
import {
  attachable,
  candidates,
  checkName,
  converted,
  detached,
  differs,
  fitSideBySide,
  inShort,
  keyOf,
  readItem,
  stored,
  suggestName,
  usesOf,
  visible,
} from "./values";

const parameter = (rest: Partial<Parameter>): Parameter => ({
  name: "rate",
  kind: "number",
  label: "Rate",
  default: 0.1,
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
  ...rest,
});

const DOCUMENT: PipelineDocument = {
  ...EMPTY,
  parameters: {
    share: { type: "number", default: 0.7 },
    rounds: { type: "integer" },
    title: { type: "string", default: "x" },
  },
  nodes: {
    one: { module: "a@1", parameters: { rate: { parameter: "share" }, other: { parameter: "share" } } },
    two: { module: "a@1", parameters: { rate: 3 } },
  },
};

test("a value that is the default is not stored", () => {
  expect(stored(parameter({}), 0.1)).toBeUndefined();
  expect(stored(parameter({}), 0.2)).toBe(0.2);
  expect(stored(parameter({}), undefined)).toBeUndefined();
  expect(stored(parameter({ default: { columns: ["a"] } }), { columns: ["a"] })).toBeUndefined();
});

test("a required value is stored even if it looks like the default", () => {
  expect(stored(parameter({ required: true, default: null }), null)).toBeNull();
});

test("not set is a value where it is not the default", () => {
  expect(stored(parameter({ nullable: true, default: 3 }), null)).toBeNull();
  expect(stored(parameter({ nullable: true, default: null }), null)).toBeUndefined();
});

test("only what was changed differs", () => {
  expect(differs(parameter({}), {})).toBe(false);
  expect(differs(parameter({}), { rate: 0.1 })).toBe(false);
  expect(differs(parameter({}), { rate: 1 })).toBe(true);
});

test("what does not count is hidden, and its value is none of the form's business", () => {
  const mode = parameter({ name: "mode", kind: "choice", default: "Rows", choices: ["Rows", "Text"] });
  const share = parameter({ name: "share", when: { mode: ["Rows"] } });

  expect(visible([mode, share], {})).toEqual([mode, share]);
  expect(visible([mode, share], { mode: "Text", share: 0.9 })).toEqual([mode]);
});

test("pipeline parameters fit by type; a whole number is a number too", () => {
  expect(candidates(DOCUMENT, parameter({}))).toEqual(["share", "rounds"]);
  expect(candidates(DOCUMENT, parameter({ kind: "integer" }))).toEqual(["rounds"]);
  expect(candidates(DOCUMENT, parameter({ kind: "columns" }))).toEqual([]);
  expect(attachable(parameter({ kind: "choice", choices: ["a", "b"] }))).toBe("string");
  expect(attachable(parameter({ kind: "choice", choices: [1, 2] }))).toBeNull();
});

test("names of pipeline parameters are free and well formed", () => {
  expect(suggestName(DOCUMENT, "rate")).toBe("rate");
  expect(suggestName(DOCUMENT, "share")).toBe("share_2");
  expect(checkName(DOCUMENT, "share")).toBe("taken");
  expect(checkName(DOCUMENT, "share", "share")).toBeNull();
  expect(checkName(DOCUMENT, "9lives")).toBe("wrong");
  expect(checkName(DOCUMENT, "two words")).toBe("wrong");
});

test("a detached field keeps the value it had", () => {
  expect(detached(DOCUMENT, parameter({}), "share")).toBe(0.7);
  expect(detached(DOCUMENT, parameter({ default: 0.7 }), "share")).toBeUndefined();
  expect(detached(DOCUMENT, parameter({}), "rounds")).toBeUndefined();
});

test("uses are counted over all nodes", () => {
  expect(usesOf(DOCUMENT.nodes, "share")).toBe(2);
  expect(usesOf(DOCUMENT.nodes, "rounds")).toBe(0);
});

test("defaults follow the type where they can", () => {
  expect(converted(0.7, "integer")).toBe(1);
  expect(converted("3.5", "number")).toBe(3.5);
  expect(converted("many", "number")).toBeUndefined();
  expect(converted("", "number")).toBeUndefined();
  expect(converted(3, "string")).toBe("3");
  expect(converted("true", "boolean")).toBe(true);
  expect(converted(undefined, "string")).toBeUndefined();
});

test("choices of like spelling are told apart", () => {
  expect(keyOf(1)).not.toBe(keyOf("1"));
});

test("few short choices stand side by side", () => {
  expect(fitSideBySide(["inner", "left", "outer"], false)).toBe(true);
  expect(fitSideBySide(["inner", "left", "outer"], true)).toBe(false);
  expect(fitSideBySide(["Custom substitution value", "Replace with mean"], false)).toBe(false);
  expect(fitSideBySide(["a", "b", "c", "d"], false)).toBe(false);
});

test("items of a list keep what cannot be read", () => {
  expect(readItem("integer", "64")).toBe(64);
  expect(readItem("integer", "many")).toBe("many");
  expect(readItem("string", "64")).toBe("64");
});

test("values are shown in short", () => {
  const words = { true: "On", false: "Off" };

  expect(inShort(true, words)).toBe("On");
  expect(inShort(0.5, words)).toBe("0.5");
  expect(inShort({ columns: [] }, words)).toBeNull();
});
