/** A run as something the canvas can draw: its frozen document, and the modules it ran with. */
import { makeCatalogue } from "@/graph/catalogue";
import type { Catalogue, DatasetEntry, ModuleSpec } from "@/graph/catalogue";
import { EMPTY, readDocument } from "@/graph/document";
import type { PipelineDocument } from "@/graph/document";
import { edgesOf } from "@/graph/edges";
import { CARD } from "@/graph/geometry";
import { isObject } from "@/graph/json";
import { tidy } from "@/graph/tidy";
import type { ModuleAnswer } from "@/api/queries.editor";
import type { Run, Source } from "@/api/types";

/** The document, laid out where it came without places, such as from the command line. */
export function frozenDocument(run: Run): PipelineDocument {
  const document = readDocument(run.document) ?? EMPTY;
  const ids = Object.keys(document.nodes);
  const given = run.document["layout"];
  if (isObject(given) && ids.every((id) => id in given)) return document;
  const places = tidy(
    ids.map((id) => ({ id, width: CARD.width, height: CARD.height })),
    edgesOf(document.nodes).map((edge) => ({
      source: edge.source,
      target: edge.target,
      from: CARD.width / 2,
      to: CARD.width / 2,
    })),
  );
  return { ...document, layout: Object.fromEntries(places) };
}

/** What the document's references meant when it ran: the library's modules, and over them what the run kept. */
export function frozenCatalogue(
  run: Run,
  library: ModuleAnswer | undefined,
  sources: readonly Source[],
): Catalogue {
  const kept = sources.flatMap((source): ModuleSpec[] => {
    const spec: unknown = source.spec;
    return isSpec(spec) ? [spec] : [];
  });
  const datasets = Object.values(run.steps).flatMap((step): DatasetEntry[] => {
    if (step.dataset === "") return [];
    const [output] = Object.values(step.outputs);
    const [name = step.dataset, version = "1"] = step.dataset.split("@");
    return [
      {
        reference: step.dataset,
        id: "",
        name,
        title: step.name === step.dataset ? "" : step.name,
        version: Number(version) || 1,
        type: output?.type ?? "table",
        rows: output?.rows ?? null,
        columns: output?.columns.length ?? null,
        digest: output?.digest ?? "",
        description: "",
      },
    ];
  });
  return makeCatalogue([...(library?.items ?? []), ...kept], library?.port_types ?? [], datasets);
}

const isSpec = (value: unknown): value is ModuleSpec =>
  typeof value === "object" &&
  value !== null &&
  "name" in value &&
  "outputs" in value &&
  "parameters" in value;

export type Steps = Run["steps"];

/** Steps in the order in which they began; those that never did follow in the order of the document. */
export const inOrder = (steps: Steps): readonly Steps[string][] =>
  Object.values(steps).sort((one, other) => (one.started ?? Infinity) - (other.started ?? Infinity));
