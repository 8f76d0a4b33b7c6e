/** Terminal text to spans: colours and weights are kept, every other control sequence is dropped. */

export interface Style {
  /** A number names one of the 16 terminal colours (a token), a text is a CSS colour. */
  readonly color?: number | string;
  readonly background?: number | string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
  readonly inverse?: boolean;
}

export interface Span {
  readonly text: string;
  readonly style: Style;
}

const PLAIN: Style = {};
const ESCAPE = "\u001b";

/** Control sequences: CSI, OSC (ended by BEL or ST), and the two-letter ones. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const SEQUENCE = /\u001b(?:\[([0-9;:]*)([ -/]*[@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_a-z=>])/g;
// eslint-disable-next-line no-control-regex -- likewise
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** What a terminal would show of a line in which a progress bar went back to its start: the last state that was written. */
export function collapse(line: string): string {
  if (!line.includes("\r")) return line;
  const states = line.split("\r");
  for (let at = states.length - 1; at >= 0; at -= 1) {
    const state = states[at];
    if (state !== undefined && state.trim() !== "") return state;
  }
  return "";
}

/** The line without any control sequence: what a search sees. */
export const plain = (line: string): string => collapse(line).replace(SEQUENCE, "").replace(CONTROL, "");

/** The spans of one line. Styles do not carry over from the line before. */
export function parse(line: string): readonly Span[] {
  const text = collapse(line);
  if (!text.includes(ESCAPE)) return text === "" ? [] : [{ text: text.replace(CONTROL, ""), style: PLAIN }];
  const spans: Span[] = [];
  let style = PLAIN;
  let from = 0;
  const take = (to: number): void => {
    const part = text.slice(from, to).replace(CONTROL, "");
    if (part !== "") spans.push({ text: part, style });
  };
  for (const match of text.matchAll(SEQUENCE)) {
    take(match.index);
    from = match.index + match[0].length;
    if (match[2] === "m") style = restyle(style, match[1] ?? "");
  }
  take(text.length);
  return spans;
}

function restyle(style: Style, codes: string): Style {
  const numbers = codes === "" ? [0] : codes.split(/[;:]/).map(Number);
  let next = style;
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at] ?? 0;
    if (code === 38 || code === 48) {
      const [color, used] = extended(numbers, at + 1);
      at += used;
      if (color !== undefined) next = code === 38 ? { ...next, color } : { ...next, background: color };
    } else {
      next = simple(next, code);
    }
  }
  return next;
}

function simple(style: Style, code: number): Style {
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, color: code - 82 };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 };
  switch (code) {
    case 0:
      return PLAIN;
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 3:
      return { ...style, italic: true };
    case 4:
      return { ...style, underline: true };
    case 7:
      return { ...style, inverse: true };
    case 9:
      return { ...style, strike: true };
    case 22:
      return { ...style, bold: false, dim: false };
    case 23:
      return { ...style, italic: false };
    case 24:
      return { ...style, underline: false };
    case 27:
      return { ...style, inverse: false };
    case 29:
      return { ...style, strike: false };
    case 39:
      return without(style, "color");
    case 49:
      return without(style, "background");
    default:
      return style;
  }
}

function without(style: Style, key: "color" | "background"): Style {
  const { [key]: _gone, ...rest } = style;
  return rest;
}

/** `5;n` or `2;r;g;b` after 38 or 48: the colour, and how many numbers it took. */
function extended(numbers: readonly number[], at: number): [number | string | undefined, number] {
  if (numbers[at] === 5) return [palette(numbers[at + 1] ?? 0), 2];
  if (numbers[at] === 2) {
    const [red, green, blue] = [numbers[at + 1] ?? 0, numbers[at + 2] ?? 0, numbers[at + 3] ?? 0];
    return [`rgb(${byte(red)} ${byte(green)} ${byte(blue)})`, 4];
  }
  return [undefined, 0];
}

const byte = (value: number): number => Math.max(0, Math.min(255, Math.round(value) || 0));

/** The 256 colours: 16 named, a cube of 216, 24 greys. */
function palette(index: number): number | string {
  if (index < 16) return Math.max(0, index);
  if (index >= 232) {
    const grey = 8 + (Math.min(index, 255) - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const cube = index - 16;
  const level = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`;
}

/** The spans cut where a search matches, so that matches can be marked. Matching ignores case and sees no styles. */
export function mark(spans: readonly Span[], needle: string): readonly (Span & { readonly hit: boolean })[] {
  const wanted = needle.toLowerCase();
  const whole = spans.map((span) => span.text).join("");
  const folded = whole.toLowerCase();
  if (wanted === "" || folded.length !== whole.length) return spans.map((span) => ({ ...span, hit: false }));
  const hits: [number, number][] = [];
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + wanted.length)) {
    hits.push([at, at + wanted.length]);
  }
  const pieces: (Span & { hit: boolean })[] = [];
  let start = 0;
  for (const span of spans) {
    const end = start + span.text.length;
    let from = start;
    const push = (to: number, hit: boolean): void => {
      if (to > from) pieces.push({ text: whole.slice(from, to), style: span.style, hit });
      from = Math.max(from, to);
    };
    for (const [first, last] of hits) {
      if (last <= start || first >= end) continue;
      push(Math.max(first, start), false);
      push(Math.min(last, end), true);
    }
    push(end, false);
    start = end;
  }
  return pieces;
}
