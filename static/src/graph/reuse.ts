import { downstream, upstream } from "./edges";
import { isObject } from "./json";
import type { PipelineDocument } from "./document";

/** What a run would do with a node, and why: the server's plan as the canvas reads it. */

export const VERDICTS = ["reused", "runs", "maybe", "left_out", "dataset"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One reason, in words and in parts. */
export interface Reason {
  /** Such as `parameter`, `code`, `input`, `first`, `upstream`. */
  readonly code: string;
  readonly text: string;
  /** Of the parameter or the port. */
  readonly name?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A parameter's value in words: columns by name, everything else as JSON. */
export const valueInWords = (value: unknown): string => {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  if (isObject(value) && Array.isArray(value["columns"])) return value["columns"].map(String).join(", ");
  if (isObject(value) && "secret" in value) return "••••••";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

/** A value that is a list of columns says more by their names than by its JSON. */
const hasColumns = (value: unknown): boolean => isObject(value) && Array.isArray(value["columns"]);

/** A reason as people read it. */
export const reasonInWords = (reason: Reason): string => {
  const { code, name = "", before, after } = reason;
  if (code !== "parameter" || !(hasColumns(before) && hasColumns(after))) return reason.text;
  return `parameter ${name} ${valueInWords(before)} → ${valueInWords(after)}`;
};

/** Whether a step that ran has news to tell: that it never ran before is none. */
export const isNews = (reasons: readonly Reason[]): boolean => reasons.some(({ code }) => code !== "first");

export interface PlannedStep {
  readonly node: string;
  readonly name?: string;
  readonly verdict: Verdict;
  readonly reasons?: readonly Reason[];
  /** The run whose results serve, and the node there. */
  readonly reused_from?: string;
  readonly reused_node?: string;
  /** Seconds since 1970. */
  readonly reused_at?: number | null;
  /** The earlier run that the reasons compare with. */
  readonly compared_with?: string;
  readonly target?: string;
  readonly seconds?: number | null;
  readonly peak_memory?: number | null;
}

export interface RunPlan {
  readonly steps: Readonly<Record<string, PlannedStep>>;
  readonly seconds?: number | null;
  /** Seconds of work that reuse saves. */
  readonly saved?: number;
}

export type Counts = Readonly<Record<Verdict, number>>;

const NONE: Counts = { reused: 0, runs: 0, maybe: 0, left_out: 0, dataset: 0 };

export const countVerdicts = (verdicts: Iterable<Verdict>): Counts => {
  const counts: Record<Verdict, number> = { ...NONE };
  for (const verdict of verdicts) counts[verdict] += 1;
  return counts;
};

/** Which part of a pipeline is asked for. `nodes` is empty where all of it is. */
export type Part =
  | { readonly kind: "all" }
  | { readonly kind: "anew" }
  | { readonly kind: "to" | "from" | "only"; readonly nodes: readonly string[] };

/** The nodes that a part runs, and those before them whose results it needs. */
export const reachOf = (
  nodes: PipelineDocument["nodes"],
  part: Part,
): { readonly asked: ReadonlySet<string>; readonly needed: ReadonlySet<string> } => {
  const all = Object.keys(nodes);
  switch (part.kind) {
    case "all":
      return { asked: new Set(), needed: new Set(all) };
    case "anew":
      return { asked: new Set(all), needed: new Set() };
    case "to": {
      const needed = new Set([...part.nodes, ...upstream(nodes, part.nodes)]);
      return { asked: new Set(), needed };
    }
    case "from":
    case "only": {
      const below = part.kind === "from" ? downstream(nodes, part.nodes) : [];
      const asked = new Set([...part.nodes, ...below]);
      return { asked, needed: upstream(nodes, asked) };
    }
  }
};

/**
 * What a part would do, told from the plan of the whole: what is asked for runs, what is before it is as the whole plan
 * says, the rest is left out. So a menu can say it without asking the server for each of its lines.
 */
export const countPart = (plan: RunPlan, nodes: PipelineDocument["nodes"], part: Part): Counts => {
  const { asked, needed } = reachOf(nodes, part);
  return countVerdicts(
    Object.values(plan.steps).map(({ node, verdict }) => {
      if (verdict === "dataset" || verdict === "left_out") return verdict;
      if (asked.has(node)) return "runs";
      return needed.has(node) ? verdict : "left_out";
    }),
  );
};

/** Whether two answers say the same of a node, so that nothing is drawn again. */
export const samePlanned = (one: PlannedStep, other: PlannedStep): boolean =>
  one.verdict === other.verdict &&
  one.reused_from === other.reused_from &&
  one.compared_with === other.compared_with &&
  one.seconds === other.seconds &&
  one.peak_memory === other.peak_memory &&
  one.reasons?.length === other.reasons?.length &&
  (one.reasons ?? []).every((reason, at) => reason.text === other.reasons?.[at]?.text);

/** How many of a run's steps were reused, of those that could be: datasets are no work. */
export const shareReused = (
  steps: Iterable<{ readonly status: string; readonly dataset?: string }>,
): { readonly reused: number; readonly all: number } => {
  let [reused, all] = [0, 0];
  for (const step of steps) {
    if ((step.dataset ?? "") !== "") continue;
    all += 1;
    if (step.status === "reused") reused += 1;
  }
  return { reused, all };
};
