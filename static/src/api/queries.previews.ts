/** Previews and the bytes behind them. */
import { useQuery } from "@tanstack/react-query";
import { get } from "./client";
import type { Preview, System } from "./types";

export const previewKeys = { one: (digest: string) => ["previews", digest], system: ["system"] } as const;

const at = (digest: string): string => `/api/artifacts/${encodeURIComponent(digest)}`;
export const downloadPath = (digest: string): string => `${at(digest)}/download`;

/** A look at an artifact. It never changes once it is ready; while it is being made it is asked for again. */
export const usePreview = (digest: string) =>
  useQuery({
    queryKey: previewKeys.one(digest),
    queryFn: ({ signal }) => get<Preview>(`${at(digest)}/preview`, undefined, signal),
    staleTime: ({ state }) => (state.data?.status === "ready" ? Infinity : 0),
    refetchInterval: ({ state }) => (state.data?.status === "pending" ? 1500 : false),
    enabled: digest !== "",
  });

/** What is well is asked for now and then; what is not, often, so that the news of its end is quick. */
const WELL_MS = 20_000;
const WRONG_MS = 3000;

export const useSystem = () =>
  useQuery({
    queryKey: previewKeys.system,
    queryFn: ({ signal }) => get<System>("/api/system", undefined, signal),
    staleTime: 10_000,
    refetchInterval: ({ state }) =>
      state.data?.notices.some(({ severity }) => severity === "error") ? WRONG_MS : WELL_MS,
  });
