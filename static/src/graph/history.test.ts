import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyChanges, anyDocument } from "./arbitrary";
import { EMPTY } from "./document";
import { begin, make, redo, undo } from "./history";
import type { History } from "./history";

const text = (value: unknown) => JSON.stringify(value);

describe("the history", () => {
  it("goes all the way back and forth, whatever was edited", () => {
    fc.assert(
      fc.property(anyDocument, fc.array(anyChanges, { maxLength: 8 }), (document, edits) => {
        let history: History = begin(document);
        for (const [at, changes] of edits.entries())
          history = make(history, { label: "x", changes }, at * 5000);
        const end = text(history.document);
        const steps = history.past.length;

        for (let step = 0; step < steps; step += 1) history = undo(history);
        expect(text(history.document)).toBe(text(document));
        expect(history.past).toEqual([]);

        for (let step = 0; step < steps; step += 1) history = redo(history);
        expect(text(history.document)).toBe(end);
        expect(history.future).toEqual([]);
      }),
    );
  });

  it("makes one step of typing in one field, and two after a pause", () => {
    const type = (history: History, value: string, at: number) =>
      make(history, { label: "renaming", joins: "name", changes: [{ part: "name", value }] }, at);
    let history = begin(EMPTY);
    history = type(history, "D", 0);
    history = type(history, "Di", 200);
    history = type(history, "Dia", 400);

    expect(history.past.length).toBe(1);
    expect(undo(history).document).toEqual(EMPTY);

    history = type(history, "Diab", 9000);
    expect(history.past.length).toBe(2);
    expect(undo(history).document.name).toBe("Dia");
  });

  it("forgets the future with a new edit", () => {
    let history = make(begin(EMPTY), { label: "a", changes: [{ part: "name", value: "A" }] }, 0);
    history = make(undo(history), { label: "b", changes: [{ part: "name", value: "B" }] }, 1);

    expect(redo(history)).toBe(history);
    expect(history.document.name).toBe("B");
  });

  it("does nothing where there is nothing to do", () => {
    const history = begin(EMPTY);

    expect(undo(history)).toBe(history);
    expect(redo(history)).toBe(history);
    expect(make(history, { label: "nothing", changes: [] }, 0)).toBe(history);
  });
});
