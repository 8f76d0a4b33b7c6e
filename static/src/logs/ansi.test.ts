import { describe, expect, it } from "vitest";
import { collapse, mark, parse, plain } from "./ansi";

const ESC = "\u001b";

describe("terminal text", () => {
  it("keeps colours and weights as styles", () => {
    expect(parse(`a ${ESC}[1;31mred${ESC}[0m b`)).toEqual([
      { text: "a ", style: {} },
      { text: "red", style: { bold: true, color: 1 } },
      { text: " b", style: {} },
    ]);
  });

  it("reads the palette and true colour", () => {
    expect(parse(`${ESC}[38;5;196mx${ESC}[48;2;1;2;300my`)).toEqual([
      { text: "x", style: { color: "rgb(255 0 0)" } },
      { text: "y", style: { color: "rgb(255 0 0)", background: "rgb(1 2 255)" } },
    ]);
  });

  it("drops cursor movements, titles and links", () => {
    const line = `${ESC}[2K${ESC}]0;title\u0007${ESC}]8;;https://example.org${ESC}\\text${ESC}]8;;${ESC}\\\u0000`;

    expect(plain(line)).toBe("text");
    expect(parse(line)).toEqual([{ text: "text", style: {} }]);
  });

  it("shows the last state of a progress bar", () => {
    expect(collapse("10%\r50%\r100%\r")).toBe("100%");
    expect(collapse("\r\r")).toBe("");
  });

  it("marks matches across styles", () => {
    const pieces = mark(parse(`ab${ESC}[31mcd${ESC}[0mef`), "BCDE");

    expect(pieces.map((piece) => [piece.text, piece.hit])).toEqual([
      ["a", false],
      ["b", true],
      ["cd", true],
      ["e", true],
      ["f", false],
    ]);
  });

  it("never throws or loses plain text on half a sequence", () => {
    expect(plain(`x${ESC}[31`)).toContain("x");
    expect(parse(`${ESC}`)).toEqual([]);
  });
});
