/** What the editor asks: the catalogue, one pipeline, its saves and its runs. */
import { makeCatalogue } from "@/graph/catalogue";
import type { Catalogue, DatasetEntry, ModuleSpec, PortTypeRow } from "@/graph/catalogue";
import type { KnownColumn } from "@/graph/columns";
import type { PipelineDocument } from "@/graph/document";
import type { Finding } from "@/graph/finding";
import { get, post, put } from "./client";
import type { Dataset, DatasetList } from "./types";

const at = (id: string): string => `/api/pipelines/${encodeURIComponent(id)}`;

export const editorKeys = {
  modules: ["modules"],
  catalogue: ["catalogue"],
  pipeline: (id: string) => ["pipelines", "editor", id],
} as const;

export interface ModuleAnswer {
  readonly items: readonly ModuleSpec[];
  readonly port_types: readonly PortTypeRow[];
  readonly archived: readonly { readonly name: string; readonly title: string; readonly category: string }[];
  readonly broken: readonly { readonly path: string; readonly findings: readonly Finding[] }[];
}

export const fetchModules = (signal?: AbortSignal): Promise<ModuleAnswer> =>
  get<ModuleAnswer>("/api/modules", undefined, signal);

/** The datasets a document can name: each version of each dataset. */
const entriesOf = (dataset: Dataset): readonly DatasetEntry[] => {
  const versions = dataset.versions.length > 0 ? dataset.versions : [dataset.latest];
  return versions.map((version) => ({
    reference: `${dataset.name}@${String(version.version)}`,
    id: dataset.id,
    name: dataset.name,
    title: dataset.title,
    version: version.version,
    type: version.type === "" ? "table" : version.type,
    rows: version.rows ?? null,
    columns: version.columns.length,
    description: dataset.description,
    digest: version.digest,
  }));
};

/** All datasets, page by page; the palette searches them without asking again. */
export const fetchDatasets = async (signal?: AbortSignal): Promise<readonly DatasetEntry[]> => {
  const found: DatasetEntry[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: DatasetList = await get<DatasetList>(
      "/api/datasets",
      { limit: 100, after: after === "" ? null : after },
      signal,
    );
    found.push(...page.items.flatMap(entriesOf));
    after = page.next ?? null;
  }
  return found;
};

export const fetchCatalogue = async (signal?: AbortSignal): Promise<Catalogue> => {
  const [modules, datasets] = await Promise.all([fetchModules(signal), fetchDatasets(signal)]);
  return makeCatalogue(modules.items, modules.port_types, datasets);
};

export interface PipelineAnswer {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly document: unknown;
  readonly findings: readonly Finding[];
  readonly last_run?: { readonly id: string; readonly status: string } | null;
}

export const fetchPipeline = (id: string, signal?: AbortSignal): Promise<PipelineAnswer> =>
  get<PipelineAnswer>(at(id), undefined, signal);

export const savePipeline = (
  id: string,
  version: number,
  document: PipelineDocument,
): Promise<{ readonly version: number; readonly findings: readonly Finding[] }> =>
  put(at(id), { version, document });

export const copyPipeline = (document: PipelineDocument): Promise<{ readonly id: string }> =>
  post("/api/pipelines", { document });

export const fetchColumns = async (
  id: string,
): Promise<Readonly<Record<string, Readonly<Record<string, readonly KnownColumn[]>>>>> =>
  (await get<{ readonly nodes: Record<string, Record<string, readonly KnownColumn[]>> }>(`${at(id)}/columns`))
    .nodes;

/** Submits what `planBody` wrote, with an experiment and a name. */
export const submitRun = (
  submission: Readonly<Record<string, unknown>>,
  idempotencyKey: string,
): Promise<{ readonly id: string }> => post("/api/runs", submission, { idempotencyKey });

export const cancelRun = (id: string): Promise<unknown> => post(`/api/runs/${encodeURIComponent(id)}/cancel`);
