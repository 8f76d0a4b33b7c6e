import { kindOf, specOf, titleOf } from "@/graph/catalogue";
import type { Catalogue } from "@/graph/catalogue";
import type { NodeEntry, PipelineDocument } from "@/graph/document";
import type { StepView } from "@/graph/step";
import type { Findings } from "@/state/findings";

interface Known {
  readonly document: PipelineDocument;
  readonly catalogue: Catalogue;
  readonly statuses: ReadonlyMap<string, StepView>;
  readonly findings: Findings;
}

const state = (word: string, id: string, entry: NodeEntry, known: Known): boolean => {
  switch (word) {
    case "problem":
    case "error":
      return known.findings.byNode.has(id);
    case "off":
    case "disabled":
      return entry.disabled === "off";
    case "bypassed":
      return entry.disabled === "bypass";
    case "dataset":
      return entry.dataset !== undefined;
    case "renamed":
      return entry.name !== undefined && entry.name !== "";
    default:
      return known.statuses.get(id)?.status === word;
  }
};

const words = (id: string, entry: NodeEntry, { catalogue }: Known): string =>
  [
    id,
    titleOf(catalogue, entry),
    kindOf(catalogue, entry),
    specOf(catalogue, entry)?.category ?? "",
    entry.module ?? entry.dataset ?? "",
    entry.comment ?? "",
    ...Object.entries(entry.parameters ?? {}).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
  ]
    .join("\n")
    .toLowerCase();

/** The nodes that meet every word of a query; `is:failed`, `is:problem`, `is:off` ask for a state. */
export const findNodes = (query: string, known: Known): readonly string[] => {
  const parts = query
    .toLowerCase()
    .split(/\s+/)
    .filter((part) => part !== "");
  if (parts.length === 0) return [];
  return Object.entries(known.document.nodes).flatMap(([id, entry]) => {
    const hay = words(id, entry, known);
    const meets = parts.every((part) =>
      part.startsWith("is:") ? state(part.slice(3), id, entry, known) : hay.includes(part),
    );
    return meets ? [id] : [];
  });
};
