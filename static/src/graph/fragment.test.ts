import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyDocument } from "./arbitrary";
import { applyChanges } from "./edit";
import { edgesOf } from "./edges";
import { cutOut, paste, readFragment } from "./fragment";

const NONE: ReadonlySet<string> = new Set();

describe("what is copied", () => {
  it("comes back from text as it was, and is nothing else", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const fragment = cutOut(document, new Set(Object.keys(document.nodes)), NONE);

        expect(readFragment(JSON.stringify(fragment))).toEqual(fragment);
      }),
    );
    for (const text of ["", "hello", "{", "[]", '{"a": 1}', '{"format": "other/1", "nodes": {}}']) {
      expect(readFragment(text)).toBeNull();
    }
  });

  it("is pasted under free names with the wires between the copies", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const all = new Set(Object.keys(document.nodes));
        const pasted = paste(document, cutOut(document, all, NONE), [40, 40], false);
        const after = applyChanges(document, pasted.changes).document;

        expect(Object.keys(after.nodes).length).toBe(all.size * 2);
        expect(pasted.nodes.every((id) => !all.has(id))).toBe(true);
        expect(edgesOf(after.nodes).length).toBe(edgesOf(document.nodes).length * 2);
      }),
    );
  });

  it("keeps wires from outside only when asked to", () => {
    const document = {
      format: "designer.pipeline/1",
      name: "",
      description: "",
      parameters: {},
      nodes: { a: { module: "source@1" }, b: { module: "filter@1", inputs: { in: "a.out" } } },
      settings: {},
      layout: { a: [0, 0], b: [0, 144] } as const,
      notes: [],
    };
    const fragment = cutOut(document, new Set(["b"]), NONE);
    const inputs = (keep: boolean) =>
      applyChanges(document, paste(document, fragment, [0, 0], keep).changes).document.nodes["b_2"]?.inputs;

    expect(inputs(true)).toEqual({ in: "a.out" });
    expect(inputs(false)).toBeUndefined();
  });
});
