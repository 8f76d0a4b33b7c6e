import type { NodeEntry } from "@/graph/document";
import { sameJson } from "@/graph/json";
import { text } from "@/text";
import { formatCount } from "@/ui";

const { wrong } = text.inspector;

/** What all entries say; undefined where none says anything, null where they differ. */
export const common = <K extends keyof NodeEntry>(
  entries: readonly NodeEntry[],
  key: K,
): NodeEntry[K] | null | undefined => {
  const [first] = entries;
  return entries.every((entry) => sameJson(entry[key], first?.[key])) ? first?.[key] : null;
};

/** The error of a number outside its bounds, as a property of its field. */
export const between = (
  value: number | null | undefined,
  least: number,
  most: number,
): { readonly error?: string } => {
  if (value === null || value === undefined || (value >= least && value <= most)) return {};
  return {
    error: value < least ? wrong.minimum(String(least), false) : wrong.maximum(formatCount(most), false),
  };
};
