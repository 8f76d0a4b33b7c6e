import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extent, linear, nearest, rounded, ticks, tickText } from "./scale";

describe("axes", () => {
  it("put ticks on round numbers", () => {
    expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([-3, 17], 5)).toEqual([0, 5, 10, 15]);
    expect(ticks([4, 4], 5)).toEqual([4]);
  });

  it("grow to round numbers and never lose a value", () => {
    expect(rounded([0.13, 0.91])).toEqual([0, 1]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e4, max: 1e4, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
        (low, width) => {
          const [from, to] = rounded([low, low + width]);
          expect(from).toBeLessThanOrEqual(low + width * 1e-6);
          expect(to).toBeGreaterThanOrEqual(low + width - width * 1e-6);
        },
      ),
    );
  });

  it("map ends to ends, and a single value to the middle", () => {
    expect([linear([0, 10], [100, 0])(0), linear([0, 10], [100, 0])(10)]).toEqual([100, 0]);
    expect(linear([3, 3], [0, 10])(3)).toBe(5);
  });

  it("find extents and neighbours", () => {
    expect(extent([3, -1, 2])).toEqual([-1, 3]);
    expect(extent([])).toEqual([0, 1]);
    expect([nearest([0, 1, 5], 2), nearest([0, 1, 5], 4), nearest([0], 9)]).toEqual([1, 2, 0]);
  });

  it("write numbers short", () => {
    expect([0, 0.25, 12000, 1e7, 1e-5, -0.1].map(tickText)).toEqual([
      "0",
      "0.25",
      "12k",
      "1e7",
      "1e-5",
      "-0.1",
    ]);
  });
});
