import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIBRARY, anyDocument } from "./arbitrary";
import { EMPTY } from "./document";
import type { NodeEntry, PipelineDocument } from "./document";
import { applyChanges } from "./edit";
import { connect, disconnect, reconnect, removeNodes } from "./edits";
import { downstream, edgesOf, upstream, wouldCloseCycle } from "./edges";
import type { PortRef } from "./edges";
import { portsOf } from "./ports";
import { bestPort, insertable, openPorts, refusal } from "./wiring";

const make = (nodes: Record<string, NodeEntry>): PipelineDocument => ({ ...EMPTY, nodes });
const out = (node: string, port = "out"): PortRef => ({ node, port, side: "output" });
const into = (node: string, port: string): PortRef => ({ node, port, side: "input" });

const chain = make({
  s: { module: "source@1" },
  f: { module: "filter@1", inputs: { in: "s.out" } },
  g: { module: "filter@1", inputs: { in: "f.out" } },
  l: { module: "learner@1" },
  t: { module: "train@1", inputs: { untrained: "l.model" } },
});

const inputsOf = (document: PipelineDocument, id: string) => document.nodes[id]?.inputs;

describe("a wire", () => {
  it("is refused with the reason", () => {
    expect(refusal(chain, LIBRARY, out("s"), into("t", "untrained"))).toEqual({
      why: "type",
      needs: "Untrained model",
      gives: "Table",
    });
    expect(refusal(chain, LIBRARY, out("g"), into("f", "in"))).toEqual({ why: "cycle", node: "filter" });
    expect(refusal(chain, LIBRARY, out("f"), into("f", "in"))).toEqual({ why: "self" });
    expect(refusal(chain, LIBRARY, out("f"), out("g"))).toEqual({ why: "side" });
    expect(refusal(chain, LIBRARY, out("f", "nothing"), into("t", "data"))).toEqual({ why: "gone" });
  });

  it("is taken from either end, and replaces what an occupied input had", () => {
    expect(refusal(chain, LIBRARY, into("t", "data"), out("g"))).toBeNull();
    expect(refusal(chain, LIBRARY, out("s"), into("g", "in"))).toBeNull();

    const { document } = applyChanges(chain, connect(chain, out("s"), into("g", "in")));
    expect(inputsOf(document, "g")).toEqual({ in: "s.out" });
  });

  it("may flow anywhere from `any`, and anything into `any`", () => {
    const document = make({ ...chain.nodes, a: { module: "look@1" }, b: { module: "look@1" } });

    expect(refusal(document, LIBRARY, out("a", "it"), into("t", "data"))).toBeNull();
    expect(refusal(document, LIBRARY, out("l", "model"), into("b", "what"))).toBeNull();
  });

  it("dropped on a card takes the best free port", () => {
    expect(bestPort(chain, LIBRARY, out("g"), "t")).toEqual(into("t", "data"));
    expect(bestPort(chain, LIBRARY, out("l", "model"), "t")).toEqual(into("t", "untrained"));
    expect(bestPort(chain, LIBRARY, out("l", "model"), "g")).toBeNull();
    expect(bestPort(chain, LIBRARY, into("t", "data"), "g")).toEqual(out("g"));

    const join = make({ ...chain.nodes, j: { module: "join@1", inputs: { left: "s.out" } } });
    expect(bestPort(join, LIBRARY, out("f"), "j")).toEqual(into("j", "right"));
  });

  it("can be moved by its end and taken away", () => {
    const [edge] = edgesOf(chain.nodes);
    if (!edge) throw new Error("no wire");

    const moved = applyChanges(chain, reconnect(chain, edge, out("s"), into("t", "data"))).document;
    expect([inputsOf(moved, "f"), inputsOf(moved, "t")]).toEqual([
      undefined,
      { untrained: "l.model", data: "s.out" },
    ]);

    const cut = applyChanges(chain, disconnect(chain, [edge])).document;
    expect(cut.nodes["f"]).toEqual({ module: "filter@1" });
  });

  it("can take a module in between where types fit", () => {
    const filter = LIBRARY.modules.get("filter@1");
    if (!filter) throw new Error("no filter");

    expect(insertable(LIBRARY, filter, "table", "table")).toEqual({ input: "in", output: "out" });
    expect(insertable(LIBRARY, filter, "model", "table")).toBeNull();
  });
});

describe("removing nodes", () => {
  it("heals the wire where the types fit", () => {
    const { document } = applyChanges(chain, removeNodes(chain, LIBRARY, new Set(["f"])));

    expect(inputsOf(document, "g")).toEqual({ in: "s.out" });
  });

  it("heals through several removed nodes at once", () => {
    const longer = make({ ...chain.nodes, h: { module: "filter@1", inputs: { in: "g.out" } } });
    const { document } = applyChanges(longer, removeNodes(longer, LIBRARY, new Set(["f", "g"])));

    expect(inputsOf(document, "h")).toEqual({ in: "s.out" });
  });

  it("takes the wire too where they do not", () => {
    const { document } = applyChanges(chain, removeNodes(chain, LIBRARY, new Set(["l"])));

    expect(document.nodes["t"]).toEqual({ module: "train@1" });
  });

  it("never leaves a wire to nowhere", () => {
    fc.assert(
      fc.property(anyDocument, fc.infiniteStream(fc.boolean()), (document, coins) => {
        const gone = new Set(Object.keys(document.nodes).filter(() => coins.next().value));
        const after = applyChanges(document, removeNodes(document, LIBRARY, gone)).document;

        for (const entry of Object.values(after.nodes)) {
          for (const source of Object.values(entry.inputs ?? {})) {
            expect(gone.has(source.slice(0, source.indexOf(".")))).toBe(false);
          }
        }
      }),
    );
  });
});

describe("paths", () => {
  it("agree with each other and with the rule against circles", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const ids = Object.keys(document.nodes);
        for (const one of ids) {
          const below = downstream(document.nodes, [one]);
          for (const other of ids) {
            expect(below.has(other)).toBe(upstream(document.nodes, [other]).has(one));
            expect(wouldCloseCycle(document.nodes, other, one)).toBe(one === other || below.has(other));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("say of the open ports what the refusal says of each port", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        for (const id of Object.keys(document.nodes)) {
          for (const port of portsOf(document, LIBRARY, id).outputs) {
            const from: PortRef = { node: id, port: port.name, side: "output" };
            const open = openPorts(document, LIBRARY, from);
            for (const target of Object.keys(document.nodes)) {
              const fitting = portsOf(document, LIBRARY, target)
                .inputs.filter((one) => refusal(document, LIBRARY, from, into(target, one.name)) === null)
                .map((one) => one.name);
              expect(open.get(target) ?? []).toEqual(fitting);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
