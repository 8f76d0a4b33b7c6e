import type { Parameter } from "@/graph/catalogue";
import type { Wrong } from "@/graph/parameters";
import { text } from "@/text";
import { formatNumber } from "@/ui/format";

const words = text.inspector;

/** Why a value is refused, in words. */
export const wrongInWords = (wrong: Wrong): string => {
  switch (wrong.why) {
    case "missing":
      return words.wrong.missing;
    case "kind":
      return words.wrong.kind[wrong.kind];
    case "minimum":
      return words.wrong.minimum(formatNumber(wrong.bound), wrong.exclusive);
    case "maximum":
      return words.wrong.maximum(formatNumber(wrong.bound), wrong.exclusive);
    case "choice":
      return words.wrong.choice;
    case "pattern":
      return words.wrong.pattern(wrong.pattern);
    case "columns":
      return words.wrong.columns;
  }
};

/** A bound so far away that it tells a person nothing. */
const FAR = 1e9;

/** The range a number may have, in short; undefined where it has none. */
export const rangeInWords = (parameter: Parameter): string | undefined => {
  const { minimum, exclusive_minimum: above, exclusive_maximum: below } = parameter;
  const maximum = parameter.maximum !== null && parameter.maximum >= FAR ? null : parameter.maximum;
  if (parameter.kind !== "integer" && parameter.kind !== "number") return undefined;
  const low = minimum === null ? undefined : words.range.minimum(formatNumber(minimum), above);
  const high = maximum === null ? undefined : words.range.maximum(formatNumber(maximum), below);
  if (minimum !== null && maximum !== null && !above && !below) {
    return words.range.both(formatNumber(minimum), formatNumber(maximum));
  }
  return low !== undefined && high !== undefined ? `${low}, ${high}` : (low ?? high);
};
