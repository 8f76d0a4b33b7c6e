/** The tint of a category: its colour everywhere a node is drawn. */
const TINTS: readonly (readonly [RegExp, string])[] = [
  [/^dataset$|input|output/i, "slate"],
  [/transformation/i, "blue"],
  [/feature/i, "olive"],
  [/regression/i, "orange"],
  [/classification/i, "violet"],
  [/cluster|anomaly/i, "teal"],
  [/train|learner|model training/i, "red"],
  [/scor|evaluat/i, "green"],
  [/script|python|language/i, "brown"],
  [/text|vision|image|recommend/i, "pink"],
];

export const tintOf = (category: string): string =>
  `var(--tint-${TINTS.find(([pattern]) => pattern.test(category))?.[1] ?? "slate"})`;
