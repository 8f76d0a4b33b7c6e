import { expect, test } from "vitest";
import { formatAgo, formatBytes, formatCount, formatDuration, formatNumber, formatShape } from "./format";

const plain = (text: string) => text.replaceAll("\u2009", " ");

test("durations are written for people", () => {
  const seconds = [0, 0.08, 0.1, 1.24, 9.94, 9.96, 59.6, 185, 3600, 7620, 90_000];

  expect(seconds.map((one) => plain(formatDuration(one)))).toEqual([
    "0 ms",
    "80 ms",
    "0.1 s",
    "1.2 s",
    "9.9 s",
    "10 s",
    "1 m 00 s",
    "3 m 05 s",
    "1 h 00 m",
    "2 h 07 m",
    "1 d 1 h",
  ]);
});

test("numbers keep what matters", () => {
  const numbers = [0, 1, 0.81234, 12_345, 12.3, 1.23e-7, 2_000_000_000, -0.5, NaN];

  expect(numbers.map((one) => plain(formatNumber(one)))).toEqual([
    "0",
    "1",
    "0.8123",
    "12 345",
    "12.3",
    "1.23e-7",
    "2e9",
    "-0.5",
    "NaN",
  ]);
});

test("counts, shapes and bytes have thin separators", () => {
  expect(plain(formatCount(1_234_567))).toBe("1 234 567");
  expect(plain(formatShape(442, 11))).toBe("442 × 11");
  expect([0, 999, 1000, 4100, 126_000_000].map((one) => plain(formatBytes(one)))).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "4.1 kB",
    "126 MB",
  ]);
});

test("times are relative while that helps", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const ago = (seconds: number) => formatAgo(new Date(now.getTime() - seconds * 1000), now);

  expect([3, 40, 300, 7200, 90_000, 400_000].map(ago)).toEqual([
    "just now",
    "40 s ago",
    "5 min ago",
    "2 h ago",
    "yesterday",
    "4 days ago",
  ]);
});
