import { expect, test } from "vitest";
import { firstParagraph, readInline, readMarkdown } from "./markdown";

test("paragraphs, lists, headings and code are told apart", () => {
  const blocks = readMarkdown(
    "First\nline.\n\n## Use\n- one\n  more\n- two\n\n1. a\n2. b\n\n```\nx = 1\n\ny\n```\nEnd",
  );

  expect(blocks.map((block) => block.kind)).toEqual([
    "paragraph",
    "heading",
    "list",
    "list",
    "code",
    "paragraph",
  ]);
  expect(blocks[2]).toEqual({
    kind: "list",
    ordered: false,
    items: [[{ kind: "text", text: "one more" }], [{ kind: "text", text: "two" }]],
  });
  expect(blocks[4]).toEqual({ kind: "code", text: "x = 1\n\ny" });
});

test("signs within a line are told apart", () => {
  expect(readInline("a `b*c` **d** *e f* 2 * 3 * 4")).toEqual([
    { kind: "text", text: "a " },
    { kind: "code", text: "b*c" },
    { kind: "text", text: " " },
    { kind: "strong", text: "d" },
    { kind: "text", text: " " },
    { kind: "soft", text: "e f" },
    { kind: "text", text: " 2 * 3 * 4" },
  ]);
});

test("only links to the web are links", () => {
  expect(readInline("[a](https://example.com)")).toEqual([
    { kind: "link", text: "a", to: "https://example.com" },
  ]);
  expect(readInline("[a](javascript:alert(1))")[0]?.kind).toBe("text");
});

test("markup stays text", () => {
  expect(readInline("<img onerror=x>")).toEqual([{ kind: "text", text: "<img onerror=x>" }]);
});

test("the first paragraph says what a thing does", () => {
  expect(firstParagraph("Joins *two*\ntables.\n\nMore.")).toBe("Joins two tables.");
  expect(firstParagraph("")).toBe("");
});

test("a fence that never closes ends with the text", () => {
  expect(readMarkdown("```\na")).toEqual([{ kind: "code", text: "a" }]);
});
