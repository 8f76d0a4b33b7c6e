/** Datastores: places outside for files and tables; and the names of secrets. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { csrfToken, get, post, problemOf, put, remove, request } from "./client";
import { apiError } from "./errors";
import { text } from "@/text";
import type { Dataset, Schemas } from "./types";

export type Datastore = Schemas["Datastore"];
export type DatastoreKind = Schemas["DatastoreKind"];
export type DatastoreList = Schemas["DatastoreList"];
export type StoreEntry = Schemas["StoreEntry"];
export type Tried = Schemas["TriedDatastore"];
export type Secret = Schemas["Secret"];

export const datastoreKeys = {
  all: ["datastores"],
  list: ["datastores", "list"],
  one: (name: string) => ["datastores", "one", name],
  entries: (name: string, path: string, q: string) => ["datastores", "entries", name, path, q],
} as const;

export const secretsKey = ["secrets"] as const;

const at = (name: string): string => `/api/datastores/${encodeURIComponent(name)}`;

export const useDatastores = () =>
  useQuery({
    queryKey: datastoreKeys.list,
    queryFn: ({ signal }) => get<DatastoreList>("/api/datastores", undefined, signal),
  });

export const useDatastore = (name: string) =>
  useQuery({
    queryKey: datastoreKeys.one(name),
    queryFn: ({ signal }) => get<Datastore>(at(name), undefined, signal),
  });

/** What lies in a folder, page after page. */
export const useEntries = (name: string, path: string, q: string) =>
  useInfiniteQuery({
    queryKey: datastoreKeys.entries(name, path, q),
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      get<Schemas["StoreEntries"]>(
        `${at(name)}/entries`,
        { path: path === "" ? null : path, q: q === "" ? null : q, after: pageParam, limit: 200 },
        signal,
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before, query) => (query?.queryKey[2] === name ? keepPreviousData(before) : undefined),
    retry: false,
  });

export const registerDatastore = (wanted: unknown): Promise<Datastore> =>
  post<Datastore>("/api/datastores", wanted);

export const changeDatastore = (name: string, change: unknown): Promise<Datastore> =>
  request<Datastore>("PATCH", at(name), { body: change });

export const unregisterDatastore = (name: string): Promise<unknown> => remove(at(name));

export const tryDatastore = (wanted: unknown): Promise<Tried> => post<Tried>("/api/datastores/try", wanted);

/** Where a browser downloads a file. */
export const fileAddress = (name: string, path: string): string =>
  `${at(name)}/file?path=${encodeURIComponent(path)}`;

export const registerDataset = (datastore: string, path: string): Promise<Dataset> =>
  post<Dataset>("/api/datasets/from-datastore", { datastore, path });

/** Puts a file onto a datastore; by XMLHttpRequest, the only way a browser tells how far an upload is. */
export const uploadFile = (
  name: string,
  path: string,
  file: File,
  overwrite: boolean,
  onProgress: (share: number) => void,
): Promise<StoreEntry> =>
  new Promise((resolve, reject) => {
    const sent = new XMLHttpRequest();
    sent.open("POST", `${fileAddress(name, path)}${overwrite ? "&overwrite=true" : ""}`);
    sent.setRequestHeader("X-CSRF-Token", csrfToken());
    sent.setRequestHeader("Accept", "application/json");
    sent.setRequestHeader("Content-Type", "application/octet-stream");
    sent.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    sent.addEventListener("load", () => {
      if (sent.status < 200 || sent.status > 299) {
        reject(problemOf(sent.status, sent.responseText));
        return;
      }
      const answer: StoreEntry = JSON.parse(sent.responseText);
      resolve(answer);
    });
    sent.addEventListener("error", () => {
      reject(apiError(text.errors.unreachable, { code: "unreachable", cure: text.errors.unreachableCure }));
    });
    sent.send(file);
  });

export const useSecrets = () =>
  useQuery({
    queryKey: secretsKey,
    queryFn: ({ signal }) => get<Schemas["SecretList"]>("/api/secrets", { limit: 500 }, signal),
  });

export const putSecret = (name: string, value: string, description: string): Promise<Secret> =>
  put<Secret>(`/api/secrets/${encodeURIComponent(name)}`, { value, description });

export const deleteSecret = (name: string): Promise<unknown> =>
  remove(`/api/secrets/${encodeURIComponent(name)}`);
