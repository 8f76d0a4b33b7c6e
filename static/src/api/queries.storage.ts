/** What takes space on the server, and what may go. */
import { useQuery } from "@tanstack/react-query";
import { get, post } from "./client";
import type { Schemas } from "./types";

export type Storage = Schemas["Storage"];

export const storageKey = ["storage"] as const;

export const useStorage = () =>
  useQuery({
    queryKey: storageKey,
    queryFn: ({ signal }) => get<Storage>("/api/storage", undefined, signal),
    refetchInterval: 30_000,
  });

export const cleanUp = (): Promise<Schemas["Cleaned"]> => post("/api/storage/clean", {});
