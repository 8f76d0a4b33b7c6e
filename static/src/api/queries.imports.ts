/** What came from elsewhere in one file, and goes out in one. */
import { useQuery } from "@tanstack/react-query";
import { get, post } from "./client";
import { sendFile } from "./queries.modulefiles";
import type { Schemas } from "./types";

export type Import = Schemas["Import"];

export const importKeys = {
  all: ["imports"],
  list: ["imports", "list"],
  one: (id: string) => ["imports", "one", id],
} as const;

/** What this file is called when it goes out. */
export const isBundle = (name: string): boolean => /\.designer\.zip$/i.test(name);

export const importFile = (file: File): Promise<Import> =>
  sendFile<Import>("/api/imports", file, { file_name: file.name });

export const useImports = () =>
  useQuery({
    queryKey: importKeys.list,
    queryFn: ({ signal }) => get<Schemas["ImportList"]>("/api/imports", { limit: 100 }, signal),
  });

export const useImport = (id: string) =>
  useQuery({
    queryKey: importKeys.one(id),
    queryFn: ({ signal }) => get<Import>(`/api/imports/${encodeURIComponent(id)}`, undefined, signal),
  });

/** Accepts what was looked at, and nothing else. */
export const acceptImport = (id: string, digest: string): Promise<Import> =>
  post<Import>(`/api/imports/${encodeURIComponent(id)}/accept?digest=${encodeURIComponent(digest)}`);

export const pipelineBundlePath = (id: string): string => `/api/pipelines/${encodeURIComponent(id)}/bundle`;
