/** Modules: their sources, and those that people make here with their versions. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ModuleSpec } from "@/graph/catalogue";
import type { Finding } from "@/graph/finding";
import type { Json } from "@/graph/json";
import { get, post, request } from "./client";
import type { Run, Schemas } from "./types";

export type ModuleVersion = Schemas["ModuleVersion"];
export type ModuleUse = Schemas["ModuleUse"];

/** A module that people made here, as the server keeps it. */
export interface OwnModule {
  readonly name: string;
  readonly spec: ModuleSpec;
  readonly source: string;
  readonly versions: readonly ModuleVersion[];
  readonly archived?: number | null;
}

export interface ModuleReading {
  readonly spec: ModuleSpec | null;
  readonly findings: readonly Finding[];
}

export interface ModuleSource {
  readonly spec: ModuleSpec;
  readonly source: string;
}

/** What flows into an input while a module is tried out. */
export type TrialInput =
  | { readonly dataset: string; readonly rows: number | null }
  | { readonly run: string; readonly node: string; readonly output: string; readonly rows: number | null };

const at = (name: string): string => `/api/modules/${encodeURIComponent(name)}`;

export const moduleKeys = {
  source: (reference: string) => ["modules", "source", reference],
  own: (name: string) => ["modules", "own", name],
  uses: (name: string) => ["modules", "uses", name],
  reading: (name: string, source: string) => ["modules", "reading", name, source],
} as const;

export const fetchModule = (reference: string, signal?: AbortSignal): Promise<ModuleSource> =>
  get<ModuleSource>(at(reference), undefined, signal);

/** The source of a module by its reference, `split_data@1`; nothing is asked for "". */
export const useModuleSource = (reference: string) =>
  useQuery({
    queryKey: moduleKeys.source(reference),
    queryFn: ({ signal }) => fetchModule(reference, signal),
    staleTime: 60_000,
    enabled: reference !== "",
  });

export const useOwnModule = (name: string) =>
  useQuery({
    queryKey: moduleKeys.own(name),
    queryFn: ({ signal }) => get<OwnModule>(`${at(name)}/versions`, undefined, signal),
    enabled: name !== "",
    retry: false,
  });

export const useModuleUses = (name: string) =>
  useQuery({
    queryKey: moduleKeys.uses(name),
    queryFn: async ({ signal }) =>
      (await get<{ readonly items: readonly ModuleUse[] }>(`${at(name)}/uses`, undefined, signal)).items,
    enabled: name !== "",
  });

/** What a source is, without keeping it; the answer before stays until the next one comes. */
export const useReading = (name: string, source: string) =>
  useQuery({
    queryKey: moduleKeys.reading(name, source),
    queryFn: ({ signal }) =>
      post<ModuleReading>("/api/modules/read", { source, ...(name === "" ? {} : { name }) }, { signal }),
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });

export const createModule = (source: string, note: string): Promise<OwnModule> =>
  post<OwnModule>("/api/modules", { source, note });

export const saveModule = (name: string, source: string, basedOn: number, note: string): Promise<OwnModule> =>
  post<OwnModule>(`${at(name)}/versions`, { source, based_on: basedOn, note });

export const rollBack = (name: string, version: number): Promise<OwnModule> =>
  post<OwnModule>(`${at(name)}/roll-back`, { version });

export const archiveModule = (name: string, archived: boolean): Promise<OwnModule> =>
  request<OwnModule>("PATCH", at(name), { body: { archived } });

/** Runs a source as a real step. */
export const tryModule = (
  name: string,
  source: string,
  inputs: Readonly<Record<string, TrialInput>>,
  parameters: Readonly<Record<string, Json>>,
): Promise<Run> =>
  post<Run>("/api/modules/try", { source, inputs, parameters, ...(name === "" ? {} : { name }) });
