/** The arithmetic of axes. */

export type Range = readonly [number, number];

/** Maps a value of `from` onto `to`, straight. A domain without width maps to the middle. */
export const linear =
  ([start, end]: Range, [low, high]: Range) =>
  (value: number): number =>
    start === end ? (low + high) / 2 : low + ((value - start) / (end - start)) * (high - low);

/** The smallest and largest of the values, the fallback where there are none. */
export function extent(values: Iterable<number>, fallback: Range = [0, 1]): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : fallback;
}

/** About `count` round numbers within the domain. */
export function ticks([low, high]: Range, count: number): readonly number[] {
  if (!(high > low) || count < 1) return [low];
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const share = raw / power;
  const step = power * (share >= 7.07 ? 10 : share >= 3.16 ? 5 : share >= 1.41 ? 2 : 1);
  const found: number[] = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) {
    found.push(Number((at * step).toPrecision(12)));
  }
  return found;
}

/** The domain grown to round numbers, so that the axis ends on ticks. */
export function rounded(domain: Range, count = 5): Range {
  const marks = ticks(domain, count);
  const [first, second] = marks;
  if (first === undefined || second === undefined) {
    const [value] = domain;
    return domain[0] === domain[1]
      ? [value - (Math.abs(value) || 1) / 2, value + (Math.abs(value) || 1) / 2]
      : domain;
  }
  const step = second - first;
  const tidy = (value: number): number => Number(value.toPrecision(12));
  return [tidy(Math.floor(domain[0] / step + 1e-9) * step), tidy(Math.ceil(domain[1] / step - 1e-9) * step)];
}

/** The position of the value nearest to `wanted` in an ascending list. */
export function nearest(ascending: readonly number[], wanted: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const before = ascending[low - 1];
  const at = ascending[low];
  return before !== undefined && at !== undefined && wanted - before < at - wanted ? low - 1 : low;
}

/** A number on an axis: short, and the same way for all of them. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e6 || size < 1e-3) return value.toExponential(1).replace(".0e", "e").replace("e+", "e");
  if (size >= 10_000) return `${Number((value / 1000).toPrecision(4)).toString()}k`;
  return Number(value.toPrecision(6)).toString();
}
