/** Reads parts of a JSON value that some job wrote: what has another shape becomes a plain default, never an exception. */

export type Json = unknown;
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

export const object = (value: unknown): JsonObject => (isObject(value) ? value : {});
export const list = (value: unknown): readonly unknown[] => (isList(value) ? value : []);
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A number, null where it is none: JSON has no infinity, so jobs write null or a word for it. */
export const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

export const numbers = (value: unknown): readonly number[] =>
  list(value).flatMap((one) => {
    const read = number(one);
    return read === null ? [] : [read];
  });

export const texts = (value: unknown): readonly string[] => list(value).map(inWords);

export type Point = readonly [number, number];

export const points = (value: unknown): readonly Point[] =>
  list(value).flatMap((one): Point[] => {
    const [x, y] = list(one).map(number);
    return x === null || x === undefined || y === null || y === undefined ? [] : [[x, y]];
  });

/** Any value as one short text. */
export function inWords(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint")
    return String(value);
  return JSON.stringify(value);
}
