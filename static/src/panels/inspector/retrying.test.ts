import { describe, expect, it } from "vitest";
import { readCodes, waits } from "./retrying";

describe("the exit codes that are tried again", () => {
  it("are whole numbers from 1 to 255, each once", () => {
    expect(readCodes(["137", " 1 ", "137", "0", "256", "-1", "2.5", "killed", ""])).toEqual([137, 1]);
  });
});

describe("the waits before the retries", () => {
  it("grow by the factor, and the first few are told", () => {
    expect(waits(3, 5, 2)).toEqual([5, 10, 20]);
    expect(waits(9, 1, 3)).toEqual([1, 3, 9, 27]);
    expect(waits(2, 30, 1)).toEqual([30, 30]);
  });

  it("are none without a delay or a retry", () => {
    expect(waits(3, 0, 2)).toEqual([]);
    expect(waits(0, 5, 2)).toEqual([]);
  });
});
