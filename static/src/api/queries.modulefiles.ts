/** Modules from files: what an upload is, changed and composed, and made a module. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { JsonObject } from "@/graph/json";
import { text } from "@/text";
import { address, csrfToken, get, post, problemOf } from "./client";
import { apiError } from "./errors";
import type { Schemas } from "./types";

export type ModuleDraft = Schemas["ModuleDraft"];
export type ComposedModule = Schemas["ComposedModule"];
export type OwnModule = Schemas["OwnModule"];

/** Sends a file, and reads the JSON that answers it. */
export const sendFile = async <T>(
  path: string,
  file: File,
  query: Readonly<Record<string, string>>,
): Promise<T> => {
  const form = new FormData();
  form.set("file", file, file.name);
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method: "POST",
      headers: { "X-CSRF-Token": csrfToken(), Accept: "application/json" },
      credentials: "same-origin",
      body: form,
    });
  } catch {
    throw apiError(text.errors.unreachable, { code: "unreachable", cure: text.errors.unreachableCure });
  }
  const body = await response.text();
  if (!response.ok) throw problemOf(response.status, body);
  const answer: T = JSON.parse(body);
  return answer;
};

/** What a file, or one of a zip file, is as a module. Nothing of it is run. */
export const useModuleDraft = (file: File, entry: string) =>
  useQuery({
    queryKey: ["modules", "draft", file.name, file.size, file.lastModified, entry],
    queryFn: () =>
      sendFile<ModuleDraft>("/api/modules/files", file, {
        file_name: file.name,
        ...(entry === "" ? {} : { entry }),
      }),
    retry: false,
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });

/** The text that a changed declaration makes, and what is wrong with it. */
export const useComposed = (name: string, declaration: JsonObject | null) =>
  useQuery({
    queryKey: ["modules", "compose", name, declaration],
    queryFn: ({ signal }) => post<ComposedModule>("/api/modules/compose", { name, declaration }, { signal }),
    enabled: declaration !== null && name !== "",
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });

/** A module made here, by its name; null where there is none. */
export const useNewest = (name: string) =>
  useQuery({
    queryKey: ["modules", "newest", name],
    queryFn: async ({ signal }) => {
      const { items } = await get<Schemas["ModuleList"]>("/api/modules", undefined, signal);
      return items.find((one) => one.name === name) ?? null;
    },
    enabled: name !== "",
    staleTime: 5_000,
  });

/** Makes a module, or a newer version of the one that `based` is the version of. */
export const keepModule = (name: string, source: string, based: number | null): Promise<OwnModule> =>
  based === null
    ? post<OwnModule>("/api/modules", { source, name })
    : post<OwnModule>(`/api/modules/${encodeURIComponent(name)}/versions`, { source, based_on: based });
