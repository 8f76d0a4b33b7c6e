import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIBRARY, anyChanges, anyDocument } from "./arbitrary";
import { applyChanges, difference } from "./edit";
import { move, removeNodes, replaceParameter } from "./edits";
import { cutOut, paste } from "./fragment";
import { sameJson } from "./json";

/** Same values and the same order of keys: what `git diff` sees. */
const text = (value: unknown) => JSON.stringify(value);

describe("changes of a document", () => {
  it("are taken back exactly by their inverse, key order included", () => {
    fc.assert(
      fc.property(anyDocument, anyChanges, (document, changes) => {
        const { document: changed, inverse } = applyChanges(document, changes);
        const { document: back, inverse: again } = applyChanges(changed, inverse);

        expect(text(back)).toBe(text(document));
        expect(text(applyChanges(back, again).document)).toBe(text(changed));
      }),
      { numRuns: 400 },
    );
  });

  it("leave the parts they do not touch as the same objects", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const { document: changed } = applyChanges(document, [{ part: "name", value: "Other" }]);

        expect(changed.nodes).toBe(document.nodes);
        expect(changed.layout).toBe(document.layout);
      }),
    );
  });

  it("of a difference make one document the other", () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (one, other) => {
        const { document } = applyChanges(one, difference(one, other));

        expect(sameJson(document, other)).toBe(true);
      }),
    );
  });
});

describe("every edit a person makes", () => {
  const nodesOf = fc.tuple(anyDocument, fc.infiniteStream(fc.boolean()));

  it("is taken back exactly", () => {
    fc.assert(
      fc.property(nodesOf, ([document, coins]) => {
        const chosen = new Set(Object.keys(document.nodes).filter(() => coins.next().value));
        const edits = [
          removeNodes(document, LIBRARY, chosen),
          move(document, chosen, new Set(["n1"]), [16, -8]),
          paste(document, cutOut(document, chosen, new Set(["n1"])), [40, 40], true).changes,
          replaceParameter(document, "u", "z"),
          replaceParameter(document, "v", null),
        ];
        for (const edit of edits) {
          const { document: changed, inverse } = applyChanges(document, edit);
          expect(text(applyChanges(changed, inverse).document)).toBe(text(document));
        }
      }),
      { numRuns: 300 },
    );
  });
});
