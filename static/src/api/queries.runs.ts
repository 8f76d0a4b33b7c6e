/** Runs and their steps: what is asked, under which key it is kept, and what a person can do with them. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { get, post, remove, request } from "./client";
import type {
  Experiment,
  Pipeline,
  Run,
  RunList,
  RunStatus,
  RunSummary,
  Schemas,
  Source,
  StepDetail,
  StepMetrics,
} from "./types";

export interface RunFilter {
  readonly status: readonly RunStatus[];
  readonly q: string;
  readonly experiment: string;
  readonly pipeline: string;
  /** Seconds since 1970. */
  readonly since: number | null;
  readonly until: number | null;
  readonly archived: boolean;
  /** Those that were deleted and can still be brought back, instead of the others. */
  readonly deleted: boolean;
}

export const EVERY_RUN: RunFilter = {
  status: [],
  q: "",
  experiment: "",
  pipeline: "",
  since: null,
  until: null,
  archived: false,
  deleted: false,
};

export const runKeys = {
  all: ["runs"],
  lists: ["runs", "list"],
  list: (filter: RunFilter, limit: number) => ["runs", "list", filter, limit],
  name: (id: string) => ["runs", "name", id],
  sources: (id: string) => ["runs", "sources", id],
  step: (id: string, node: string) => ["runs", "step", id, node],
  metrics: (id: string, node: string) => ["runs", "metrics", id, node],
  experiments: ["experiments"],
} as const;

const at = (id: string): string => `/api/runs/${encodeURIComponent(id)}`;
export const stepPath = (run: string, node: string): string => `${at(run)}/steps/${encodeURIComponent(node)}`;
export const outputPath = (run: string, node: string, port: string): string =>
  `${stepPath(run, node)}/outputs/${encodeURIComponent(port)}`;
export const documentPath = (run: string): string => `${at(run)}/document`;

/** The query of a filter: what is at rest is left out. */
export function filterQuery(filter: RunFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const status of filter.status) query.append("status", status);
  if (filter.q !== "") query.set("q", filter.q);
  if (filter.experiment !== "") query.set("experiment", filter.experiment);
  if (filter.pipeline !== "") query.set("pipeline", filter.pipeline);
  if (filter.since !== null) query.set("since", String(filter.since));
  if (filter.until !== null) query.set("until", String(filter.until));
  if (filter.archived) query.set("archived", "true");
  if (filter.deleted) query.set("deleted", "true");
  return query;
}

export function fetchRuns(
  filter: RunFilter,
  after: string,
  limit: number,
  signal?: AbortSignal,
): Promise<RunList> {
  const query = filterQuery(filter);
  if (after !== "") query.set("after", after);
  query.set("limit", String(limit));
  return get<RunList>(`/api/runs?${query.toString()}`, undefined, signal);
}

/** The runs a filter lets through, newest first, page by page. */
export const useRuns = (filter: RunFilter, limit = 50) =>
  useInfiniteQuery({
    queryKey: runKeys.list(filter, limit),
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => fetchRuns(filter, pageParam, limit, signal),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const fetchRun = (id: string, signal?: AbortSignal): Promise<Run> =>
  get<Run>(at(id), undefined, signal);

/** What a run is called and when it was made: for links that lead to it. */
export const useRunName = (id: string) =>
  useQuery({
    queryKey: runKeys.name(id),
    queryFn: async ({ signal }) => {
      const { name, created } = await fetchRun(id, signal);
      return { name, created };
    },
    staleTime: Infinity,
    enabled: id !== "",
  });

export const fetchEvents = (id: string, after: number): Promise<Schemas["RunEvents"]> =>
  get<Schemas["RunEvents"]>(`${at(id)}/events`, { after });

export const useSources = (id: string, enabled = true) =>
  useQuery({
    queryKey: runKeys.sources(id),
    queryFn: async ({ signal }): Promise<readonly Source[]> =>
      (await get<Schemas["Sources"]>(`${at(id)}/sources`, undefined, signal)).items,
    staleTime: Infinity,
    enabled,
  });

/** A step with what only its own page shows; asked again whenever `state` changes, such as its status. */
export const useStepDetail = (id: string, node: string, state: string) =>
  useQuery({
    queryKey: [...runKeys.step(id, node), state],
    queryFn: ({ signal }) => get<StepDetail>(stepPath(id, node), undefined, signal),
    placeholderData: keepPreviousData,
  });

export const fetchMetrics = (id: string, node: string, signal?: AbortSignal): Promise<StepMetrics> =>
  get<StepMetrics>(`${stepPath(id, node)}/metrics`, undefined, signal);

export const useExperiments = () =>
  useQuery({
    queryKey: runKeys.experiments,
    queryFn: async ({ signal }): Promise<readonly Experiment[]> =>
      (await get<Schemas["ExperimentList"]>("/api/experiments", undefined, signal)).items,
  });

export const submitRun = (
  body: Readonly<Record<string, unknown>>,
  idempotencyKey: string = crypto.randomUUID(),
): Promise<RunSummary> => post<RunSummary>("/api/runs", body, { idempotencyKey });

export const changeRun = (id: string, change: Partial<Schemas["RunChange"]>): Promise<RunSummary> =>
  request<RunSummary>("PATCH", at(id), { body: change });

export const cancelRun = (id: string): Promise<unknown> => post(`${at(id)}/cancel`);
export const cancelStep = (id: string, node: string): Promise<unknown> =>
  post(`${stepPath(id, node)}/cancel`);
export const deleteRun = (id: string): Promise<unknown> => remove(at(id));
export const restoreRun = (id: string): Promise<unknown> => post(`${at(id)}/restore`);
export const cloneRun = (id: string): Promise<Pipeline> => post<Pipeline>(`${at(id)}/clone`);
