/**
 * A log of any length, of which only the blocks somebody looks at are in memory. A block is the text of `every` lines and
 * the place where each begins: one string for a thousand lines, cut when a line is drawn.
 */
import type { Log, LogIndex } from "@/api/types";

export interface LogSource {
  readonly window: (offset: number, limit: number) => Promise<Log>;
  readonly index: () => Promise<LogIndex>;
}

export interface LogBuffer {
  /** Goes up with every change, for whoever draws it. */
  readonly version: () => number;
  readonly subscribe: (listener: () => void) => () => void;
  readonly lines: () => number;
  readonly size: () => number;
  readonly ended: () => boolean;
  /** Null until the first answer. */
  readonly ready: () => boolean;
  readonly error: () => unknown;
  /** A line by its number, from 0; null while it is being read. */
  readonly line: (number: number) => string | null;
  /** These lines will be looked at: reads what is missing. */
  readonly want: (first: number, last: number) => void;
  /** There may be more than is known: reads on. */
  readonly grow: () => Promise<void>;
}

interface Block {
  text: string;
  starts: number[];
  /** The byte where it begins, null where that cannot be told without asking. */
  offset: number | null;
}

const WINDOW = 256 * 1024;
/** A block with more bytes than this is shown cut: one of its lines is no text for people. */
const BLOCK_LIMIT = 4 * 1024 * 1024;
/** What was written since the last look, above which the middle is not read but found through the index. */
const BACKLOG = 8 * 1024 * 1024;
const KEEP = 48;
const EVERY = 1000;

const encoder = new TextEncoder();

/** Where the lines of a text begin, from a place on that begins none yet. An end of line at the very end begins no line. */
export function lineStarts(text: string, from = 0): number[] {
  const starts: number[] = from === 0 && text !== "" ? [0] : [];
  for (let at = text.indexOf("\n", Math.max(0, from - 1)); at >= 0 && at + 1 < text.length;) {
    starts.push(at + 1);
    at = text.indexOf("\n", at + 1);
  }
  return starts;
}

export function createLogBuffer(source: LogSource): LogBuffer {
  let every = EVERY;
  let blocks = new Map<number, Block>();
  /** The byte where each block begins, as far as the index told. */
  let offsets: readonly number[] = [0];
  let last = 0;
  let size = 0;
  let ended = false;
  let ready = false;
  let failure: unknown = null;
  let version = 0;
  let growing: Promise<void> | null = null;
  /** How often somebody told of more. */
  let told = 0;
  /** The blocks that were asked for last. */
  let seen: readonly [number, number] | null = null;
  const reading = new Set<number>();
  const listeners = new Set<() => void>();

  const changed = (): void => {
    version += 1;
    for (const listener of listeners) listener();
  };

  const tail = (): Block => {
    const present = blocks.get(last);
    if (present !== undefined) return present;
    const empty: Block = { text: "", starts: [], offset: offsets[last] ?? null };
    blocks.set(last, empty);
    return empty;
  };

  const append = (text: string): void => {
    if (text === "") return;
    let block = tail();
    const from = block.text.length;
    block.text += text;
    block.starts.push(...(from === 0 ? lineStarts(block.text) : lineStarts(block.text, from)));
    while (block.starts.length > every) {
      const cut = block.starts[every] ?? block.text.length;
      const head = block.text.slice(0, cut);
      const following: Block = {
        text: block.text.slice(cut),
        starts: block.starts.slice(every).map((start) => start - cut),
        offset:
          block.offset === null || head.includes("\ufffd")
            ? null
            : block.offset + encoder.encode(head).length,
      };
      block.text = head;
      block.starts.length = every;
      last += 1;
      blocks.set(last, following);
      block = following;
    }
    evict();
  };

  /** Forgets the blocks farthest from what is looked at; the last one, which grows, stays. */
  const evict = (): void => {
    if (blocks.size <= KEEP) return;
    const [from, to] = seen ?? [last, last];
    const away = (key: number): number => Math.max(from - key, key - to, 0);
    const far = [...blocks.keys()].filter((key) => key !== last && away(key) > 0);
    far.sort((one, other) => away(other) - away(one));
    for (const key of far.slice(0, blocks.size - KEEP)) {
      const offset = blocks.get(key)?.offset;
      if (offset != null && offsets[key] === undefined) {
        const known = [...offsets];
        known[key] = offset;
        offsets = known;
      }
      blocks.delete(key);
    }
  };

  const readRange = async (from: number, to: number): Promise<string> => {
    const parts: string[] = [];
    let at = from;
    const end = Math.min(to, from + BLOCK_LIMIT);
    while (at < end) {
      const log = await source.window(at, Math.min(WINDOW, end - at));
      parts.push(log.text);
      if (log.next <= at) break;
      at = log.next;
    }
    return parts.join("");
  };

  const adoptIndex = async (): Promise<void> => {
    const index = await source.index();
    every = Math.max(1, index.every);
    offsets = index.offsets.length === 0 ? [0] : index.offsets;
    last = offsets.length - 1;
    blocks = new Map();
    const from = offsets[last] ?? 0;
    const text = await readRange(from, index.size);
    blocks.set(last, { text, starts: lineStarts(text), offset: from });
    size = index.size;
    ended = index.ended;
  };

  const readOn = async (): Promise<void> => {
    for (;;) {
      const before = told;
      const log = await source.window(size, WINDOW);
      ended = log.ended && log.next >= log.size;
      if (log.size - size > (ready ? BACKLOG : WINDOW)) await adoptIndex();
      else {
        append(log.text);
        size = log.next;
      }
      const more = log.size > size && log.next > log.offset;
      if (!ready && more) continue;
      ready = true;
      failure = null;
      changed();
      // What was told of meanwhile may have been written after this answer: look once more.
      if (!more && told === before) return;
    }
  };

  const read = async (key: number): Promise<void> => {
    if (offsets[key] === undefined) {
      const index = await source.index();
      // Blocks made while following may be of another size than the server's: begin anew with the server's.
      if (index.every !== every) {
        await adoptIndex();
        return;
      }
      offsets = index.offsets;
    }
    const from = offsets[key];
    if (from === undefined) return;
    const text = await readRange(from, offsets[key + 1] ?? blocks.get(key + 1)?.offset ?? size);
    // What follows may begin in the same window where the end was not known exactly.
    const starts = lineStarts(text).slice(0, every);
    if (!blocks.has(key)) blocks.set(key, { text, starts, offset: from });
  };

  const lines = (): number => last * every + (blocks.get(last)?.starts.length ?? 0);

  return {
    version: () => version,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    lines,
    size: () => size,
    ended: () => ended,
    ready: () => ready,
    error: () => failure,
    line(number) {
      const block = blocks.get(Math.floor(number / every));
      if (block === undefined) return null;
      const at = number % every;
      const start = block.starts[at];
      if (start === undefined) return "";
      const end = block.starts[at + 1] ?? block.text.length;
      const line = block.text.slice(start, end);
      return line.endsWith("\n") ? line.slice(0, line.endsWith("\r\n") ? -2 : -1) : line;
    },
    want(first, final) {
      const [from, to] = [Math.max(0, Math.floor(first / every)), Math.min(last, Math.floor(final / every))];
      seen = [from, to];
      for (let key = from; key <= to; key += 1) {
        if (blocks.has(key) || reading.has(key)) continue;
        reading.add(key);
        read(key)
          .catch((error: unknown) => {
            failure = error;
          })
          .finally(() => {
            reading.delete(key);
            evict();
            changed();
          });
      }
    },
    grow() {
      told += 1;
      growing ??= readOn()
        .catch((error: unknown) => {
          failure = error;
          changed();
        })
        .finally(() => {
          growing = null;
        });
      return growing;
    },
  };
}
