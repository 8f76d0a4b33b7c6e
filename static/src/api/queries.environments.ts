/** The environments that steps run in. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { get, post, remove } from "./client";
import type { Log, Schemas } from "./types";

export type Environment = Schemas["Environment"];
export type EnvironmentDetail = Schemas["EnvironmentDetail"];
export type EnvironmentList = Schemas["EnvironmentList"];
export type EnvironmentStatus = Environment["status"];

export const environmentKeys = {
  all: ["environments"],
  lists: ["environments", "list"],
  list: (q: string) => ["environments", "list", q],
  one: (reference: string) => ["environments", "one", reference],
  check: (wanted: unknown) => ["environments", "check", wanted],
} as const;

const at = (reference: string): string => `/api/environments/${encodeURIComponent(reference)}`;

export const useEnvironments = (q = "") =>
  useInfiniteQuery({
    queryKey: environmentKeys.list(q),
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      get<EnvironmentList>(
        "/api/environments",
        { q: q === "" ? null : q, after: pageParam === "" ? null : pageParam, limit: 100 },
        signal,
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const useEnvironment = (reference: string) =>
  useQuery({
    queryKey: environmentKeys.one(reference),
    queryFn: ({ signal }) => get<EnvironmentDetail>(at(reference), undefined, signal),
  });

/** What a text asks for, and what is wrong with it. */
export const useCheckedEnvironment = (wanted: Partial<Schemas["Wanted"]> | null) =>
  useQuery({
    queryKey: environmentKeys.check(wanted),
    queryFn: ({ signal }) =>
      post<Schemas["CheckedEnvironment"]>("/api/environments/check", wanted, { signal }),
    enabled: wanted !== null,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });

export const createEnvironment = (
  wanted: Partial<Schemas["CreateEnvironment"]> & { readonly name: string },
): Promise<EnvironmentDetail> => post<EnvironmentDetail>("/api/environments", wanted);

export const buildEnvironment = (reference: string, renew: boolean): Promise<EnvironmentDetail> =>
  post<EnvironmentDetail>(`${at(reference)}/build`, { renew });

export const cancelBuild = (reference: string): Promise<EnvironmentDetail> =>
  post<EnvironmentDetail>(`${at(reference)}/cancel`);

export const deleteEnvironment = (reference: string): Promise<unknown> => remove(at(reference));

export const fetchBuildLog = (reference: string, offset: number, limit: number): Promise<Log> =>
  get<Log>(`${at(reference)}/log`, { offset, limit });
