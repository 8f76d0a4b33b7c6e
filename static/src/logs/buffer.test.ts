import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLogBuffer, lineStarts } from "./buffer";
import type { LogSource } from "./buffer";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A server's log in memory: windows end where a letter ends, as the server's do. */
function server(every: number) {
  let bytes = new Uint8Array();
  let asked = 0;
  const source: LogSource = {
    window: (offset, limit) => {
      asked += 1;
      let next = Math.min(bytes.length, offset + limit);
      while (next < bytes.length && next > offset && ((bytes[next] ?? 0) & 0xc0) === 0x80) next -= 1;
      const text = decoder.decode(bytes.subarray(offset, next));
      return Promise.resolve({ text, offset, next, size: bytes.length, ended: false });
    },
    index: () => {
      const offsets: number[] = [];
      let line = 0;
      let fresh = true;
      bytes.forEach((byte, at) => {
        if (fresh && line % every === 0) offsets.push(at);
        fresh = byte === 10;
        if (fresh) line += 1;
      });
      return Promise.resolve({ every, offsets, lines: line, size: bytes.length, ended: false });
    },
  };
  return {
    source,
    asked: () => asked,
    write: (text: string) => {
      const more = encoder.encode(text);
      const grown = new Uint8Array(bytes.length + more.length);
      grown.set(bytes);
      grown.set(more, bytes.length);
      bytes = grown;
    },
  };
}

const split = (text: string): string[] => {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
};

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("a log in blocks", () => {
  it("knows where lines begin", () => {
    expect([lineStarts(""), lineStarts("a"), lineStarts("a\n"), lineStarts("a\n\nb")]).toEqual([
      [],
      [0],
      [0],
      [0, 2, 3],
    ]);
  });

  it("has the same lines however it grew", async () => {
    const piece = fc.array(fc.constantFrom("a", "é", "\n", "long words ", "🙂", "\n\n"), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const { source, write } = server(1000);
        const buffer = createLogBuffer(source);
        let whole = "";
        for (const letters of pieces) {
          whole += letters.join("");
          write(letters.join(""));
          await buffer.grow();
          expect(buffer.lines()).toBe(split(whole).length);
        }
        expect(Array.from({ length: buffer.lines() }, (_, at) => buffer.line(at))).toEqual(split(whole));
      }),
    );
  });

  it("reads only the end of a long log, then what is looked at", async () => {
    const { source, write, asked } = server(500);
    const all = Array.from({ length: 40_000 }, (_, at) => `line ${String(at)} of a long log`);
    write(`${all.join("\n")}\n`);
    const buffer = createLogBuffer(source);
    await buffer.grow();

    expect([buffer.lines(), buffer.line(39_999), buffer.line(10)]).toEqual([40_000, all[39_999], null]);
    expect(asked()).toBeLessThan(5);

    buffer.want(8, 1200);
    await settled();

    expect([buffer.line(8), buffer.line(1200)]).toEqual([all[8], all[1200]]);
  });

  it("finds blocks again that it forgot while following", async () => {
    const { source, write } = server(1000);
    const buffer = createLogBuffer(source);
    const all: string[] = [];
    for (let round = 0; round < 60; round += 1) {
      const more = Array.from({ length: 1100 }, (_, at) => `${String(round)} ${String(at)}`);
      all.push(...more);
      write(`${more.join("\n")}\n`);
      await buffer.grow();
    }
    expect([buffer.lines(), buffer.line(5)]).toEqual([66_000, null]);

    buffer.want(0, 10);
    await settled();

    expect([buffer.line(5), buffer.line(65_999)]).toEqual([all[5], all[65_999]]);

    for (let round = 0; round < 3; round += 1) {
      write("more\n".repeat(2000));
      await buffer.grow();
    }

    expect(buffer.line(5)).toBe(all[5]);
  });

  it("looks once more when it hears of more while it reads", async () => {
    const { source, write } = server(1000);
    const answers: (() => void)[] = [];
    const buffer = createLogBuffer({
      ...source,
      window: async (offset, limit) => {
        const log = await source.window(offset, limit);
        // The answer is on its way until it is let go.
        await new Promise<void>((resolve) => answers.push(resolve));
        return log;
      },
    });
    const first = buffer.grow();
    await settled();
    write("the last line\n");
    const second = buffer.grow();
    for (let round = 0; round < 4; round += 1) {
      answers.shift()?.();
      await settled();
    }
    await Promise.all([first, second]);

    expect([buffer.lines(), buffer.line(0)]).toEqual([1, "the last line"]);
  });

  it("tells why it has nothing", async () => {
    const refusal = new Error("no");
    const buffer = createLogBuffer({
      window: () => Promise.reject(refusal),
      index: () => Promise.reject(refusal),
    });
    await buffer.grow();

    expect([buffer.ready(), buffer.error()]).toEqual([false, refusal]);
  });
});
