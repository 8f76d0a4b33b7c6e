import { describe, expect, it } from "vitest";
import type { NodeEntry } from "./document";
import { countPart, countVerdicts, reachOf, reasonInWords, samePlanned, shareReused } from "./reuse";
import type { PlannedStep, RunPlan, Verdict } from "./reuse";

/** data -> split -> train -> score, and split -> look. */
const NODES: Readonly<Record<string, NodeEntry>> = {
  data: { dataset: "cars@1" },
  split: { module: "split@1", inputs: { rows: "data.data" } },
  train: { module: "train@1", inputs: { rows: "split.out" } },
  score: { module: "score@1", inputs: { model: "train.model" } },
  look: { module: "look@1", inputs: { rows: "split.out" } },
};

const plan = (verdicts: Readonly<Record<string, Verdict>>): RunPlan => ({
  steps: Object.fromEntries(
    Object.entries(verdicts).map(([node, verdict]) => [node, { node, verdict, reasons: [] }]),
  ),
});

const WHOLE = plan({ data: "dataset", split: "reused", train: "runs", score: "maybe", look: "reused" });

describe("the part of a pipeline that is run", () => {
  it("reaches up for what is run to here, down for what is run from here", () => {
    const reach = (kind: "to" | "from" | "only", ...nodes: readonly string[]) => {
      const { asked, needed } = reachOf(NODES, { kind, nodes });
      return [[...asked].sort(), [...needed].sort()];
    };
    expect(reach("to", "train")).toEqual([[], ["data", "split", "train"]]);
    expect(reach("from", "train")).toEqual([
      ["score", "train"],
      ["data", "split", "train"],
    ]);
    expect(reach("only", "train")).toEqual([["train"], ["data", "split"]]);
  });

  it("is counted from the plan of the whole", () => {
    const count = (part: Parameters<typeof countPart>[2]) => {
      const { reused, runs, maybe, left_out } = countPart(WHOLE, NODES, part);
      return { reused, runs, maybe, left_out };
    };
    expect(count({ kind: "all" })).toEqual({ reused: 2, runs: 1, maybe: 1, left_out: 0 });
    expect(count({ kind: "anew" })).toEqual({ reused: 0, runs: 4, maybe: 0, left_out: 0 });
    expect(count({ kind: "to", nodes: ["look"] })).toEqual({ reused: 2, runs: 0, maybe: 0, left_out: 2 });
    expect(count({ kind: "from", nodes: ["train"] })).toEqual({ reused: 1, runs: 2, maybe: 0, left_out: 1 });
    expect(count({ kind: "only", nodes: ["score"] })).toEqual({ reused: 1, runs: 2, maybe: 0, left_out: 1 });
  });

  it("never runs a dataset or what is turned off", () => {
    const off = plan({ data: "dataset", split: "left_out" });
    expect(countPart(off, NODES, { kind: "anew" })).toEqual(countVerdicts(["dataset", "left_out"]));
  });
});

describe("two answers about a node", () => {
  const one: PlannedStep = { node: "a", verdict: "runs", reasons: [{ code: "code", text: "code changed" }] };

  it("are the same where they say the same", () => {
    expect(samePlanned(one, { ...one, reasons: [{ code: "code", text: "code changed" }] })).toBe(true);
  });

  it("differ in verdict, reasons, run or time", () => {
    expect(samePlanned(one, { ...one, verdict: "maybe" })).toBe(false);
    expect(samePlanned(one, { ...one, reasons: [] })).toBe(false);
    expect(samePlanned(one, { ...one, reasons: [{ code: "code", text: "other" }] })).toBe(false);
    expect(samePlanned(one, { ...one, compared_with: "run_2" })).toBe(false);
    expect(samePlanned(one, { ...one, seconds: 2 })).toBe(false);
  });
});

describe("a reason in words", () => {
  it("names columns instead of their JSON", () => {
    const text = 'parameter label {"columns": ["make"]} → {"columns": ["price"]}';
    const reason = { code: "parameter", text, name: "label" };
    const [before, after] = [{ columns: ["make"] }, { columns: ["price"] }];
    expect(reasonInWords({ ...reason, before, after })).toBe("parameter label make → price");
    expect(reasonInWords({ ...reason, before, after: null })).toBe(text);
  });
});

describe("the share of steps that were reused", () => {
  it("counts no dataset", () => {
    const steps = [
      { status: "completed", dataset: "cars@1" },
      { status: "reused", dataset: "" },
      { status: "completed" },
    ];
    expect(shareReused(steps)).toEqual({ reused: 1, all: 2 });
  });
});
