/** Pipelines and samples: what is asked, under which key it is kept, and what a person can do with them. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { get, post, put, remove } from "./client";
import type { Pipeline, PipelineList, Sample, Schemas } from "./types";

export const pipelineKeys = {
  lists: ["pipelines", "list"],
  list: (q: string, limit: number) => ["pipelines", "list", q, limit],
  samples: ["samples"],
} as const;

const at = (id: string): string => `/api/pipelines/${encodeURIComponent(id)}`;
export const exportPath = (id: string): string => `${at(id)}/export`;

/** Pipelines whose name holds the text, newest change first, page by page. */
export const usePipelines = (q: string, limit = 30) =>
  useInfiniteQuery({
    queryKey: pipelineKeys.list(q, limit),
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      get<PipelineList>(
        "/api/pipelines",
        { q: q === "" ? null : q, after: pageParam === "" ? null : pageParam, limit },
        signal,
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const useSamples = () =>
  useQuery({
    queryKey: pipelineKeys.samples,
    queryFn: async ({ signal }): Promise<readonly Sample[]> =>
      (await get<Schemas["SampleList"]>("/api/samples", undefined, signal)).items,
    staleTime: 300_000,
  });

export const createPipeline = (body: Partial<Schemas["CreatePipeline"]>): Promise<Pipeline> =>
  post<Pipeline>("/api/pipelines", body);

export const duplicatePipeline = (id: string): Promise<Pipeline> => post<Pipeline>(`${at(id)}/duplicate`);
export const deletePipeline = (id: string): Promise<unknown> => remove(at(id));
export const restorePipeline = (id: string): Promise<unknown> => post(`${at(id)}/restore`);

/** Gives a pipeline another name: the name lies in its document, so this saves the draft it just read. */
export async function renamePipeline(id: string, name: string): Promise<void> {
  const { version, document } = await get<Pipeline>(at(id));
  await put<Schemas["SavedPipeline"]>(at(id), { version, document: { ...document, name } });
}
