import { nameOfReference, newest, referenceOf } from "@/graph/catalogue";
import type { Catalogue } from "@/graph/catalogue";
import type { PipelineDocument } from "@/graph/document";
import type { PortRef } from "@/graph/edges";
import { portsOf } from "@/graph/ports";
import { portFor } from "@/graph/wiring";
import type { Addition } from "@/commands/acts/adding";

/** One thing that quick add offers. */
export interface Suggestion {
  readonly addition: Addition;
  readonly title: string;
  readonly under: string;
  readonly category: string;
  /** The port the wire would end in. */
  readonly port: string;
}

/** How well a query is met by a text: 0 not at all; a word's beginning counts more than its middle. */
export const match = (query: string, text: string): number => {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const hay = text.toLowerCase();
  let score = 1;
  for (const word of words) {
    const at = hay.indexOf(word);
    if (at < 0) return 0;
    score += at === 0 ? 4 : /[\s_(-]/.test(hay.charAt(at - 1)) ? 2 : 1;
  }
  return score;
};

const nextTo = (document: PipelineDocument, from: PortRef | null): string => {
  const entry = from ? document.nodes[from.node] : undefined;
  return nameOfReference(entry?.module ?? entry?.dataset ?? "");
};

/** What people put next, before they have taught us their own habits. */
const PRIORS: Readonly<Record<string, readonly string[]>> = {
  "": ["split_data", "select_columns", "clean_missing_data", "edit_metadata"],
  split_data: ["train_model", "score_model", "evaluate_model"],
  train_model: ["score_model"],
  score_model: ["evaluate_model"],
};

/** What fits, best first: by type, by what people put next here, by the words. */
export const suggest = (
  document: PipelineDocument,
  catalogue: Catalogue,
  from: PortRef | null,
  query: string,
  added: Readonly<Record<string, number>>,
): readonly Suggestion[] => {
  const ports = from ? portsOf(document, catalogue, from.node) : null;
  const own =
    from && ports
      ? (from.side === "output" ? ports.outputs : ports.inputs).find((one) => one.name === from.port)
      : undefined;
  const before = nextTo(document, from);
  const priors = PRIORS[before] ?? PRIORS[""] ?? [];
  const scored: { readonly suggestion: Suggestion; readonly score: number }[] = [];
  for (const spec of newest(catalogue)) {
    const port = from && own ? portFor(catalogue, spec, own.type, from.side) : undefined;
    if (from && !port) continue;
    const words =
      query === ""
        ? 1
        : Math.max(
            match(query, spec.title) * 3,
            match(query, `${spec.name} ${spec.tags.join(" ")}`) * 2,
            match(query, `${spec.category} ${spec.description}`),
          );
    if (words === 0) continue;
    const habit = Math.min(6, added[`${before}>${spec.name}`] ?? 0) * 2;
    const prior = priors.includes(spec.name) ? 3 - priors.indexOf(spec.name) * 0.5 : 0;
    const exact = own && port?.type === own.type ? 1 : 0;
    scored.push({
      suggestion: {
        addition: { kind: "module", reference: referenceOf(spec) },
        title: spec.title,
        under: spec.category,
        category: spec.category,
        port: port?.label ?? "",
      },
      score: words * (query === "" ? 1 : 4) + habit + prior + exact,
    });
  }
  if (!from || from.side === "input") {
    for (const dataset of catalogue.datasets.values()) {
      if (
        own &&
        !portFor(
          catalogue,
          {
            inputs: [],
            outputs: [{ name: "data", type: dataset.type, label: "", optional: false, help: "" }],
          },
          own.type,
          "input",
        )
      )
        continue;
      const words = query === "" ? 1 : match(query, `${dataset.title} ${dataset.name}`) * 3;
      if (words === 0) continue;
      scored.push({
        suggestion: {
          addition: { kind: "dataset", reference: dataset.reference },
          title: dataset.title === "" ? dataset.name : dataset.title,
          under: dataset.reference,
          category: "dataset",
          port: "",
        },
        score: words * (query === "" ? 1 : 4) + (from ? 2 : 0),
      });
    }
  }
  return scored.sort((one, other) => other.score - one.score).map(({ suggestion }) => suggestion);
};
