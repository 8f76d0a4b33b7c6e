/** Reads "designer.evaluation/1" and does the small arithmetic of thresholds. */
import { inWords, list, number, numbers, object, points, text, texts } from "./decode";
import type { JsonObject, Point } from "./decode";

export interface Threshold {
  readonly threshold: number;
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
}

export interface EvaluatedModel {
  readonly name: string;
  readonly rows: number;
  readonly metrics: ReadonlyMap<string, number | null>;
  /** Ascending. */
  readonly thresholds: readonly Threshold[];
  readonly roc: readonly Point[];
  readonly precisionRecall: readonly Point[];
  readonly lift: readonly Point[];
  readonly labels: readonly string[];
  readonly matrix: readonly (readonly number[])[];
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly fit: readonly Point[];
}

export interface Evaluation {
  readonly kind: string;
  readonly label: string;
  readonly positive: string;
  readonly models: readonly EvaluatedModel[];
}

const byX = (one: Point, other: Point): number => one[0] - other[0];

function threshold(raw: unknown): Threshold[] {
  const read = object(raw);
  const at = number(read["threshold"]);
  if (at === null) return [];
  const count = (name: string): number => number(read[name]) ?? 0;
  return [{ threshold: at, tp: count("tp"), fp: count("fp"), tn: count("tn"), fn: count("fn") }];
}

function model(raw: unknown, position: number): EvaluatedModel {
  const read = object(raw);
  const confusion = object(read["confusion"]);
  const errors = object(read["errors"]);
  return {
    name: text(read["name"]) || `Model ${String(position + 1)}`,
    rows: number(read["rows"]) ?? 0,
    metrics: new Map(Object.entries(object(read["metrics"])).map(([name, value]) => [name, number(value)])),
    thresholds: list(read["thresholds"])
      .flatMap(threshold)
      .sort((one, other) => one.threshold - other.threshold),
    // A ROC curve rises straight up where x stays: a stable sort keeps that order.
    roc: points(read["roc"]).toSorted(byX),
    precisionRecall: points(read["precision_recall"]).toSorted(byX),
    lift: points(read["lift"]).toSorted(byX),
    labels: texts(confusion["labels"]),
    matrix: list(confusion["matrix"]).map(numbers),
    edges: numbers(errors["edges"]),
    counts: numbers(errors["counts"]),
    fit: points(read["fit"]),
  };
}

export function readEvaluation(content: JsonObject): Evaluation {
  const names = new Set<string>();
  return {
    kind: text(content["kind"]),
    label: inWords(content["label"]),
    positive: inWords(content["positive"]),
    models: list(content["models"])
      .map(model)
      .map((one) => {
        const name = names.has(one.name) ? `${one.name} (2)` : one.name;
        names.add(name);
        return { ...one, name };
      }),
  };
}

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** What follows from the four counts; null where nothing can be divided. */
export function rates({ tp, fp, tn, fn }: Threshold): {
  readonly accuracy: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly falsePositiveRate: number | null;
} {
  return {
    accuracy: ratio(tp + tn, tp + fp + tn + fn),
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    falsePositiveRate: ratio(fp, fp + tn),
  };
}

/** The counts at the threshold nearest to the wanted one. */
export function at(model: EvaluatedModel, wanted: number): Threshold | null {
  let best: Threshold | null = null;
  for (const one of model.thresholds) {
    if (best === null || Math.abs(one.threshold - wanted) < Math.abs(best.threshold - wanted)) best = one;
  }
  return best;
}

const SMALLER = /error|loss|deviance|rmse|\bmae\b|\bmse\b|\brae\b|\brse\b/i;

/** Which of the values of a metric is the better one; null where they are even, missing, or one is alone. */
export function better(metric: string, values: readonly (number | null)[]): number | null {
  const [one, other] = values;
  if (one == null || other == null || one === other) return null;
  return one < other === SMALLER.test(metric) ? 0 : 1;
}

const NAMES: Readonly<Record<string, string>> = {
  auc: "AUC",
  f1: "F1",
  f1_score: "F1",
  r2: "R²",
  r_squared: "R²",
  mae: "Mean absolute error",
  rmse: "Root mean squared error",
  coefficient_of_determination: "R² (coefficient of determination)",
};

/** A metric's name for people. */
export function metricName(metric: string): string {
  const known = NAMES[metric.toLowerCase()];
  if (known !== undefined) return known;
  const words = metric.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
