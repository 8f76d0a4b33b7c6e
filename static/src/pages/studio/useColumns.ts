import { useQueries } from "@tanstack/react-query";
import { datasetKeys, fetchDataset } from "@/api/queries.datasets";
import { fetchRun } from "@/api/queries.runs";
import type { TrialInput } from "@/api/queries.modules";
import type { Catalogue } from "@/graph/catalogue";
import type { KnownColumn } from "@/graph/columns";
import type { Inputs } from "./TestData";

const known = (columns: readonly Readonly<Record<string, unknown>>[]): readonly KnownColumn[] =>
  columns.map((column) => ({
    name: String(column["name"] ?? ""),
    type: String(column["type"] ?? ""),
    role: String(column["role"] ?? ""),
  }));

const fetchColumns = async (
  input: TrialInput,
  catalogue: Catalogue,
  signal: AbortSignal,
): Promise<readonly KnownColumn[]> => {
  if ("run" in input) {
    const run = await fetchRun(input.run, signal);
    return known(run.steps[input.node]?.outputs[input.output]?.columns ?? []);
  }
  const entry = catalogue.datasets.get(input.dataset);
  if (!entry) return [];
  const { versions, latest } = await fetchDataset(entry.id, signal);
  return known((versions.find(({ version }) => version === entry.version) ?? latest).columns);
};

/** By input: the columns of what it is tested with, so that the form can offer them. */
export const useColumns = (
  inputs: Inputs,
  catalogue: Catalogue,
): Readonly<Record<string, readonly KnownColumn[]>> =>
  useQueries({
    queries: Object.entries(inputs)
      .filter(([, input]) => ("dataset" in input ? input.dataset !== "" : input.output !== ""))
      .map(([port, input]) => ({
        queryKey: [...datasetKeys.lists, "columns for tests", port, input],
        queryFn: async ({ signal }: { readonly signal: AbortSignal }) => ({
          port,
          columns: await fetchColumns(input, catalogue, signal),
        }),
        staleTime: 60_000,
      })),
    combine: byPort,
  });

const byPort = (
  answers: readonly {
    readonly data: { readonly port: string; readonly columns: readonly KnownColumn[] } | undefined;
  }[],
): Readonly<Record<string, readonly KnownColumn[]>> =>
  Object.fromEntries(answers.flatMap(({ data }) => (data ? [[data.port, data.columns]] : [])));
