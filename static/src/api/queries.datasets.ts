/** Datasets: what is asked, under which key it is kept, and what a person can do with them. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { get, post, remove, request } from "./client";
import type { Dataset, DatasetList, ReadOptions, Schemas } from "./types";

export const datasetKeys = {
  lists: ["datasets", "list"],
  list: (q: string) => ["datasets", "list", q],
  one: (id: string) => ["datasets", "one", id],
} as const;

const at = (id: string): string => `/api/datasets/${encodeURIComponent(id)}`;

export const useDatasets = (q: string) =>
  useInfiniteQuery({
    queryKey: datasetKeys.list(q),
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      get<DatasetList>(
        "/api/datasets",
        { q: q === "" ? null : q, after: pageParam === "" ? null : pageParam, limit: 100 },
        signal,
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const fetchDataset = (id: string, signal?: AbortSignal): Promise<Dataset> =>
  get<Dataset>(at(id), undefined, signal);

export const useDataset = (id: string | undefined) =>
  useQuery({
    queryKey: datasetKeys.one(id ?? ""),
    queryFn: ({ signal }) => fetchDataset(id ?? "", signal),
    enabled: id !== undefined,
  });

export const changeDataset = (id: string, change: Partial<Schemas["DatasetChange"]>): Promise<Dataset> =>
  request<Dataset>("PATCH", at(id), { body: change });

export const deleteDataset = (id: string): Promise<unknown> => remove(at(id));
export const restoreDataset = (id: string): Promise<unknown> => post(`${at(id)}/restore`);

/** Reads the file of a version again with other options: makes a new version. */
export const readAgain = (id: string, version: number, options: Partial<ReadOptions>): Promise<Dataset> =>
  post<Dataset>(`${at(id)}/read-again`, { version, options });
