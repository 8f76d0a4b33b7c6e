import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tidy } from "./tidy";
import type { TidyEdge } from "./tidy";

const card = (id: string) => ({ id, width: 200, height: 64 });
const edge = (source: string, target: string): TidyEdge => ({ source, target, from: 100, to: 100 });

const graphs = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.array(fc.tuple(fc.nat(39), fc.nat(39)), { maxLength: 70 }))
  .map(([count, pairs]) => ({
    nodes: Array.from({ length: count }, (_, at) => card(`n${String(at)}`)),
    edges: pairs
      .filter(([one, other]) => one < count && other < count && one !== other)
      .map(([one, other]) => edge(`n${String(one)}`, `n${String(other)}`)),
  }));

describe("a tidy layout", () => {
  it("places every card on the grid, none over another, circles or not", () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges }) => {
        const places = tidy(nodes, edges);
        const boxes = nodes.map(({ id }) => places.get(id));

        expect(places.size).toBe(nodes.length);
        for (const [at, box] of boxes.entries()) {
          if (!box) throw new Error("a card has no place");
          expect([box[0] % 8, box[1] % 8].map(Math.abs)).toEqual([0, 0]);
          for (const other of boxes.slice(at + 1)) {
            if (!other) throw new Error("a card has no place");
            const apart = Math.abs(box[0] - other[0]) >= 200 || Math.abs(box[1] - other[1]) >= 64;
            expect(apart).toBe(true);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("lets every wire of a graph without circles go down", () => {
    const down = graphs.map(({ nodes, edges }) => ({
      nodes,
      edges: edges.map((one) =>
        Number(one.source.slice(1)) < Number(one.target.slice(1))
          ? one
          : { ...one, source: one.target, target: one.source },
      ),
    }));
    fc.assert(
      fc.property(down, ({ nodes, edges }) => {
        const places = tidy(nodes, edges);

        for (const { source, target } of edges) {
          expect((places.get(source)?.[1] ?? 0) + 64).toBeLessThan(places.get(target)?.[1] ?? 0);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("puts a chain in one column", () => {
    const places = tidy(["a", "b", "c"].map(card), [edge("a", "b"), edge("b", "c")]);

    expect([...places]).toEqual([
      ["a", [0, 0]],
      ["b", [0, 144]],
      ["c", [0, 288]],
    ]);
  });

  it("centres what two share, and crosses nothing it need not", () => {
    const places = tidy(["a", "b", "c", "d"].map(card), [edge("a", "d"), edge("b", "c"), edge("a", "c")]);
    const x = (id: string) => places.get(id)?.[0] ?? 0;

    // a feeds d and c, b feeds c: with d outside, c between, nothing crosses.
    expect((x("d") - x("c")) * (x("a") - x("b"))).toBeGreaterThan(0);
  });

  it("is the same every time", () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges }) => {
        expect([...tidy(nodes, edges)]).toEqual([...tidy(nodes, edges)]);
      }),
      { numRuns: 20 },
    );
  });
});
