import { describe, expect, it } from "vitest";
import { anyFilter, readFilters, toQuery, writeFilters } from "./filters";

describe("the filters of runs", () => {
  it("come back from the address as they went", () => {
    const query = new URLSearchParams(
      "status=failed&status=running&q=car&experiment=e&pipeline=p&time=week&archived=yes&deleted=yes",
    );

    expect(writeFilters(readFilters(query)).toString()).toBe(query.toString());
    expect(anyFilter(readFilters(query))).toBe(true);
  });

  it("ignore what is none", () => {
    const filters = readFilters(new URLSearchParams("status=nonsense&time=never"));

    expect(anyFilter(filters)).toBe(false);
  });

  it("ask from a point in time", () => {
    const now = new Date(2026, 10, 20, 15, 30, 20);
    const asked = (query: string) => toQuery(readFilters(new URLSearchParams(query)), now).since;

    expect([asked(""), asked("time=today"), asked("time=hour")]).toEqual([
      null,
      new Date(2026, 10, 20).getTime() / 1000,
      new Date(2026, 10, 20, 14, 30).getTime() / 1000,
    ]);
  });
});
