import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines, foldSame } from "./diff";

const text = fc.array(fc.constantFrom("a", "b", "c", "d")).map((lines) => lines.join("\n"));

describe("the difference of two texts", () => {
  it("holds each text, whole and in order", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        const kept = (other: string) => lines.filter(({ kind }) => kind !== other).map((line) => line.text);
        expect(kept("added").join("\n")).toBe(before);
        expect(kept("removed").join("\n")).toBe(after);
      }),
    );
  });

  it("is nothing but the text where both are the same", () => {
    fc.assert(
      fc.property(text, (same) => {
        expect(diffLines(same, same).every(({ kind }) => kind === "same")).toBe(true);
      }),
    );
  });

  it("names a changed line by its numbers in both", () => {
    expect(diffLines("one\ntwo\nthree\n", "one\n2\nthree\nfour\n")).toEqual([
      { kind: "same", text: "one", before: 1, after: 1 },
      { kind: "removed", text: "two", before: 2 },
      { kind: "added", text: "2", after: 2 },
      { kind: "same", text: "three", before: 3, after: 3 },
      { kind: "added", text: "four", after: 4 },
    ]);
  });

  it("folds what is far from a difference and nothing else", () => {
    const before = Array.from({ length: 20 }, (_, at) => `line ${String(at)}`).join("\n");
    const parts = foldSame(diffLines(before, before.replace("line 10", "line ten")));
    expect(parts.map(({ kind, lines }) => [kind, lines.length])).toEqual([
      ["folded", 7],
      ["lines", 8],
      ["folded", 6],
    ]);
  });
});
