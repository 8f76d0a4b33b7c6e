import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyDocument } from "./arbitrary";
import { EMPTY } from "./document";
import type { PipelineDocument } from "./document";
import { sameJson } from "./json";
import { merge } from "./merge";

const base: PipelineDocument = {
  ...EMPTY,
  name: "Base",
  nodes: {
    a: { module: "source@1" },
    b: { module: "filter@1", inputs: { in: "a.out" }, parameters: { p: 1, q: 1 } },
  },
  layout: { a: [0, 0], b: [0, 144] },
};

const withB = (change: Partial<NonNullable<PipelineDocument["nodes"]["b"]>>): PipelineDocument => ({
  ...base,
  nodes: { ...base.nodes, b: { ...base.nodes["b"], ...change } },
});

describe("a merge", () => {
  it("keeps both where they touched different fields of one node", () => {
    const mine = withB({ parameters: { p: 2, q: 1 } });
    const theirs = withB({ parameters: { p: 1, q: 5 }, retries: 3 });

    const { document, overlaps } = merge(base, mine, theirs);

    expect(overlaps).toEqual([]);
    expect(document.nodes["b"]).toEqual({
      module: "filter@1",
      inputs: { in: "a.out" },
      parameters: { p: 2, q: 5 },
      retries: 3,
    });
  });

  it("names what both changed differently, and keeps mine", () => {
    const { document, overlaps } = merge(
      base,
      withB({ parameters: { p: 2, q: 1 } }),
      withB({ parameters: { p: 3, q: 1 } }),
    );

    expect(overlaps).toEqual(["nodes/b/parameters/p"]);
    expect(document.nodes["b"]?.parameters).toEqual({ p: 2, q: 1 });
  });

  it("takes a node they added and drops one they removed", () => {
    const theirs = {
      ...base,
      nodes: { a: { module: "source@1" }, c: { module: "learner@1" } },
      layout: { a: [0, 0], c: [9, 9] } as const,
    };
    const mine = { ...base, name: "Mine" };

    const { document, overlaps } = merge(base, mine, theirs);

    expect(overlaps).toEqual([]);
    expect(Object.keys(document.nodes)).toEqual(["a", "c"]);
    expect([document.name, document.layout["c"]]).toEqual(["Mine", [9, 9]]);
  });

  it("asks where one removed what the other changed", () => {
    const theirs = { ...base, nodes: { a: { module: "source@1" } } };

    expect(merge(base, withB({ retries: 2 }), theirs).overlaps).toEqual(["nodes/b"]);
  });

  it("asks where one removed a producer that the other began to use", () => {
    const mine = { ...base, nodes: { ...base.nodes, c: { module: "filter@1", inputs: { in: "a.out" } } } };
    const theirs = { ...base, nodes: { b: { module: "filter@1", parameters: { p: 1, q: 1 } } } };

    expect(merge(base, mine, theirs).overlaps).toEqual(["nodes/c/inputs/in"]);
  });

  it("lets the place of a card be mine without asking", () => {
    const moved = (x: number): PipelineDocument => ({ ...base, layout: { ...base.layout, b: [x, 0] } });

    expect(merge(base, moved(8), moved(16))).toMatchObject({
      overlaps: [],
      document: { layout: { b: [8, 0] } },
    });
  });

  it("is whichever changed, where only one did", () => {
    const dangling = (document: PipelineDocument) => merge(document, document, document).overlaps.length > 0;
    fc.assert(
      fc.property(anyDocument, anyDocument, (one, other) => {
        fc.pre(!dangling(one) && !dangling(other));

        expect(sameJson(merge(one, other, one).document, other)).toBe(true);
        expect(sameJson(merge(one, one, other).document, other)).toBe(true);
        expect(merge(one, other, other).overlaps).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
