import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

const read = (selector: string): ReadonlyMap<string, string> => {
  const start = css.indexOf(`${selector} {`);
  const body = css.slice(start, css.indexOf("}", start));
  return new Map(
    [...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name = "", value = ""]) => [name, value]),
  );
};

const THEMES = {
  light: read(":root"),
  dark: read(':root[data-theme="dark"]'),
  contrast: read(':root[data-theme="contrast"]'),
};

const luminance = (hex: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (one: string, other: string): number => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
};

/** Text on its ground needs 4.5; marks and shapes need 3. */
const PAIRS: readonly (readonly [string, string, number])[] = [
  ...["surface", "ground", "canvas", "surface-hover", "surface-sunken"].flatMap(
    (ground): [string, string, number][] => [
      ["text", ground, 4.5],
      ["text-soft", ground, 4.5],
      ["text-faint", ground, 4.5],
    ],
  ),
  ["text-on-accent", "accent", 4.5],
  ["text-on-accent", "accent-hover", 4.5],
  ["accent-text", "surface", 4.5],
  ["accent-text", "accent-soft", 4.5],
  ["failed", "surface", 4.5],
  ["failed", "failed-soft", 4.5],
  ["warning", "surface", 4.5],
  ["warning", "warning-soft", 4.5],
  ["completed", "surface", 4.5],
  ["completed", "completed-soft", 4.5],
  ["reused", "surface", 4.5],
  ["reused", "reused-soft", 4.5],
  ["running", "surface", 4.5],
  ["accent-ring", "surface", 3],
  ["accent-ring", "canvas", 3],
  ["waiting", "surface", 3],
  ["skipped", "surface", 3],
  ...[
    "table",
    "file",
    "folder",
    "model",
    "untrained_model",
    "transformation",
    "images",
    "metrics",
    "figure",
    "any",
  ].flatMap((type): [string, string, number][] => [
    [`type-${type}`, "surface", 3],
    [`type-${type}`, "canvas", 3],
  ]),
];

describe.each(Object.entries(THEMES))("the %s theme", (_, theme) => {
  it.each(PAIRS)("shows %s on %s with contrast %d or more", (front, back, least) => {
    expect(contrast(theme.get(front) ?? "", theme.get(back) ?? "")).toBeGreaterThanOrEqual(least);
  });

  it("has every colour of the light one", () => {
    expect([...THEMES.light.keys()].filter((name) => !theme.has(name))).toEqual([]);
  });
});
