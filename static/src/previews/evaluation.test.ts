import { describe, expect, it } from "vitest";
import { at, better, metricName, rates, readEvaluation } from "./evaluation";

describe("an evaluation", () => {
  it("reads models, and nothing from nonsense", () => {
    const read = readEvaluation({
      kind: "binary",
      positive: 1,
      models: [
        {
          name: "a",
          rows: 10,
          metrics: { auc: 0.9, log_loss: null },
          thresholds: [
            { threshold: 0.9, tp: 1, fp: 0, tn: 5, fn: 4 },
            { threshold: 0.1, tp: 5, fp: 3, tn: 2, fn: 0 },
            "?",
          ],
          roc: [
            [1, 1],
            [0, 0],
            [null, 1],
          ],
        },
        7,
      ],
    });
    const [first, second] = read.models;

    expect([read.positive, first?.roc, first?.thresholds.map((one) => one.threshold)]).toEqual([
      "1",
      [
        [0, 0],
        [1, 1],
      ],
      [0.1, 0.9],
    ]);
    expect(first?.metrics).toEqual(
      new Map([
        ["auc", 0.9],
        ["log_loss", null],
      ]),
    );
    expect([second?.name, second?.matrix]).toEqual(["Model 2", []]);
    expect(first === undefined ? null : at(first, 0.4)?.tp).toBe(5);
  });

  it("keeps two models of one name apart", () => {
    expect(readEvaluation({ models: [{ name: "a" }, { name: "a" }] }).models.map((one) => one.name)).toEqual([
      "a",
      "a (2)",
    ]);
  });

  it("divides only what can be divided", () => {
    expect(rates({ threshold: 0.5, tp: 3, fp: 1, tn: 5, fn: 1 })).toEqual({
      accuracy: 0.8,
      precision: 0.75,
      recall: 0.75,
      f1: 0.75,
      falsePositiveRate: 1 / 6,
    });
    expect(rates({ threshold: 1, tp: 0, fp: 0, tn: 5, fn: 0 })).toEqual({
      accuracy: 1,
      precision: null,
      recall: null,
      f1: null,
      falsePositiveRate: 0,
    });
  });

  it("knows which is better", () => {
    expect([
      better("auc", [0.8, 0.9]),
      better("mean_absolute_error", [0.8, 0.9]),
      better("log_loss", [1, 0.5]),
      better("auc", [0.8]),
      better("auc", [0.8, 0.8]),
    ]).toEqual([1, 0, 1, null, null]);
    expect([metricName("mean_absolute_error"), metricName("AUC")]).toEqual(["Mean absolute error", "AUC"]);
  });
});
