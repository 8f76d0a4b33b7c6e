/** How two texts differ, line by line. Pure. */

export type DiffLine =
  | { readonly kind: "same"; readonly text: string; readonly before: number; readonly after: number }
  | { readonly kind: "removed"; readonly text: string; readonly before: number }
  | { readonly kind: "added"; readonly text: string; readonly after: number };

/** Beyond so many lines on both sides, what lies between the first and last difference is shown as replaced. */
const MOST_CELLS = 9_000_000;

const linesOf = (text: string): readonly string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** Which lines of the middle are common: pairs of indices, in order. Longest common subsequence by dynamic programming. */
const common = (one: readonly string[], other: readonly string[]): readonly (readonly [number, number])[] => {
  const width = other.length + 1;
  if ((one.length + 1) * width > MOST_CELLS) return [];
  const length = new Uint16Array((one.length + 1) * width);
  const at = (row: number, column: number): number => length[row * width + column] ?? 0;
  for (let row = one.length - 1; row >= 0; row -= 1) {
    for (let column = other.length - 1; column >= 0; column -= 1) {
      length[row * width + column] =
        one[row] === other[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: [number, number][] = [];
  let [row, column] = [0, 0];
  while (row < one.length && column < other.length) {
    if (one[row] === other[column]) {
      pairs.push([row, column]);
      row += 1;
      column += 1;
    } else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  return pairs;
};

/** All lines of both texts in the order of a reader: what went, then what came in its place. */
export const diffLines = (before: string, after: string): readonly DiffLine[] => {
  const one = linesOf(before);
  const other = linesOf(after);
  let head = 0;
  while (head < one.length && head < other.length && one[head] === other[head]) head += 1;
  let tail = 0;
  while (
    tail < one.length - head &&
    tail < other.length - head &&
    one[one.length - 1 - tail] === other[other.length - 1 - tail]
  ) {
    tail += 1;
  }
  const pairs = common(one.slice(head, one.length - tail), other.slice(head, other.length - tail));
  const anchors = [
    ...Array.from({ length: head }, (_, line) => [line, line] as const),
    ...pairs.map(([row, column]) => [row + head, column + head] as const),
    ...Array.from(
      { length: tail },
      (_, line) => [one.length - tail + line, other.length - tail + line] as const,
    ),
    [one.length, other.length] as const,
  ];
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  for (const [nextRow, nextColumn] of anchors) {
    for (; row < nextRow; row += 1) lines.push({ kind: "removed", text: one[row] ?? "", before: row + 1 });
    for (; column < nextColumn; column += 1)
      lines.push({ kind: "added", text: other[column] ?? "", after: column + 1 });
    if (nextRow === one.length && nextColumn === other.length) break;
    lines.push({ kind: "same", text: one[row] ?? "", before: row + 1, after: column + 1 });
    row += 1;
    column += 1;
  }
  return lines;
};

export type DiffPart =
  | { readonly kind: "lines"; readonly lines: readonly DiffLine[] }
  | { readonly kind: "folded"; readonly lines: readonly DiffLine[] };

/** The differences with some lines around them; what lies between is folded where that saves more than it costs. */
export const foldSame = (lines: readonly DiffLine[], context = 3): readonly DiffPart[] => {
  const near = new Array<boolean>(lines.length).fill(false);
  lines.forEach((line, at) => {
    if (line.kind === "same") return;
    for (let other = Math.max(0, at - context); other <= Math.min(lines.length - 1, at + context); other += 1)
      near[other] = true;
  });
  const parts: { kind: "lines" | "folded"; lines: DiffLine[] }[] = [];
  lines.forEach((line, at) => {
    const kind = near[at] ? "lines" : "folded";
    const last = parts.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else parts.push({ kind, lines: [line] });
  });
  return parts.map((part) =>
    part.kind === "folded" && part.lines.length <= 2 ? { kind: "lines", lines: part.lines } : part,
  );
};
