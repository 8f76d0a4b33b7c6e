import { useQueryClient } from "@tanstack/react-query";
import type { InfiniteData } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import type { ApiError } from "@/api/errors";
import { datasetKeys } from "@/api/queries.datasets";
import { editorKeys } from "@/api/queries.editor";
import { environmentKeys } from "@/api/queries.environments";
import type { Environment, EnvironmentDetail, EnvironmentList } from "@/api/queries.environments";
import { targetKeys } from "@/api/queries.targets";
import type { TargetList } from "@/api/queries.targets";
import { previewKeys } from "@/api/queries.previews";
import { runKeys } from "@/api/queries.runs";
import type { Dataset, DatasetList, LiveEvent, Run, RunList, RunSummary, Step } from "@/api/types";
import type { Phase } from "./connection";
import { live } from "./live";
import { liveRuns, logKey, watchRun } from "./runs";

/** How the live connection is. */
export const usePhase = (): Phase => useSyncExternalStore(live.subscribe, live.phase);

/** Whether the connection has been gone long enough to say so. */
export function useLostFor(milliseconds: number): boolean {
  const phase = usePhase();
  const [since, setSince] = useState<Phase | null>(null);
  useEffect(() => {
    if (phase !== "lost" && phase !== "connecting") return;
    const timer = setTimeout(() => {
      setSince(phase);
    }, milliseconds);
    return () => {
      clearTimeout(timer);
      setSince(null);
    };
  }, [phase, milliseconds]);
  return since !== null && since === phase;
}

/** Listens to a room while the component is there. */
function useRoom(room: string | null, event: (event: LiveEvent) => void, resync: () => void): void {
  useEffect(() => (room === null ? undefined : live.join(room, { event, resync })), [room, event, resync]);
}

export interface WatchedRun {
  readonly run: Run | null;
  readonly error: ApiError | null;
}

/** A run, kept true. */
export function useRun(id: string | null): WatchedRun {
  useEffect(() => (id === null ? undefined : watchRun(id)), [id]);
  const run = useStore(liveRuns, (state) => (id === null ? null : (state.runs[id]?.run ?? null)));
  const error = useStore(liveRuns, (state) => (id === null ? null : (state.errors[id] ?? null)));
  return { run, error };
}

/** One step of a run that somebody watches. */
export const useStep = (run: string, node: string): Step | null =>
  useStore(liveRuns, (state) => state.runs[run]?.run?.steps[node] ?? null);

/** The bytes in a log of a step, as far as known: logs only grow, so the larger of what two sources say is true. */
export const useLogSize = (run: string, node: string, stream: string): number =>
  useStore(liveRuns, (state) =>
    Math.max(
      state.logs[logKey(run, node)]?.[stream] ?? 0,
      state.runs[run]?.run?.steps[node]?.log_bytes[stream] ?? 0,
    ),
  );

/** Puts a changed item where it stands in the pages of a list; answers whether it stood in any. */
function replaced<Item extends { readonly id: string }, Page extends { readonly items: readonly Item[] }>(
  data: InfiniteData<Page>,
  item: Item,
): InfiniteData<Page> | null {
  let found = false;
  const pages = data.pages.map((page) => {
    if (!page.items.some((one) => one.id === item.id)) return page;
    found = true;
    return { ...page, items: page.items.map((one) => (one.id === item.id ? item : one)) };
  });
  return found ? { ...data, pages } : null;
}

/** Keeps every list of runs true while the component is there. */
export function useLiveRunList(): void {
  const client = useQueryClient();
  const [{ event, resync }] = useState(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const again = (): void => {
      timer ??= setTimeout(() => {
        timer = null;
        void client.invalidateQueries({ queryKey: runKeys.lists });
        void client.invalidateQueries({ queryKey: runKeys.experiments });
      }, 250);
    };
    const put = (item: RunSummary): void => {
      for (const [key, data] of client.getQueriesData<InfiniteData<RunList>>({ queryKey: runKeys.lists })) {
        const next = data === undefined ? null : replaced<RunSummary, RunList>(data, item);
        const before = data?.pages.flatMap((page) => page.items).find((one) => one.id === item.id);
        if (next !== null) client.setQueryData(key, next);
        // A filter may now say otherwise, and a new run has a place to be found.
        if (
          next === null ||
          before?.status !== item.status ||
          before.archived !== item.archived ||
          item.deleted !== null
        )
          again();
      }
    };
    return {
      event: (told: LiveEvent) => {
        if (told.kind === "listed") put(told.item);
      },
      resync: again,
    };
  });
  useRoom("runs", event, resync);
}

/** Keeps every list and page of datasets true while the component is there. */
export function useLiveDatasets(): void {
  const client = useQueryClient();
  const [{ event, resync }] = useState(() => ({
    event: (told: LiveEvent) => {
      if (told.kind !== "dataset") return;
      const { item } = told;
      let missing = item === null;
      if (item !== null) {
        for (const [key, data] of client.getQueriesData<InfiniteData<DatasetList>>({
          queryKey: datasetKeys.lists,
        })) {
          const next = data === undefined ? null : replaced<Dataset, DatasetList>(data, item);
          if (next === null) missing = true;
          else client.setQueryData(key, next);
        }
      }
      if (missing) void client.invalidateQueries({ queryKey: datasetKeys.lists });
      void client.invalidateQueries({ queryKey: datasetKeys.one(told.id) });
    },
    resync: () => {
      void client.invalidateQueries({ queryKey: ["datasets"] });
    },
  }));
  useRoom("datasets", event, resync);
}

/** Keeps every list and page of environments true while the component is there. */
export function useLiveEnvironments(): void {
  const client = useQueryClient();
  const [{ event, resync }] = useState(() => ({
    event: (told: LiveEvent) => {
      if (told.kind !== "environment") return;
      const { item } = told;
      let missing = item === null;
      if (item !== null) {
        for (const [key, data] of client.getQueriesData<InfiniteData<EnvironmentList>>({
          queryKey: environmentKeys.lists,
        })) {
          const next = data === undefined ? null : replaced<Environment, EnvironmentList>(data, item);
          if (next === null) missing = true;
          else client.setQueryData(key, next);
        }
        for (const reference of [item.id, ...item.names]) {
          client.setQueryData<EnvironmentDetail>(environmentKeys.one(reference), (known) =>
            known === undefined ? undefined : { ...known, ...item },
          );
        }
      }
      if (missing) void client.invalidateQueries({ queryKey: environmentKeys.lists });
      if (item === null || item.status === "ready" || item.status === "failed")
        void client.invalidateQueries({ queryKey: environmentKeys.all });
    },
    resync: () => {
      void client.invalidateQueries({ queryKey: environmentKeys.all });
    },
  }));
  useRoom("environments", event, resync);
}

/** Keeps the catalogue of modules true while the component is there. */
export function useLiveModules(): void {
  const client = useQueryClient();
  const [{ event, resync }] = useState(() => {
    const again = (): void => {
      void client.invalidateQueries({ queryKey: editorKeys.modules });
      void client.invalidateQueries({ queryKey: editorKeys.catalogue });
    };
    return {
      event: (told: LiveEvent) => {
        if (told.kind === "module") again();
      },
      resync: again,
    };
  });
  useRoom("modules", event, resync);
}

/** Keeps the list of compute targets true while the component is there. */
export function useLiveTargets(): void {
  const client = useQueryClient();
  const [{ event, resync }] = useState(() => ({
    event: (told: LiveEvent) => {
      if (told.kind !== "target") return;
      const { item } = told;
      let missing = item === null;
      client.setQueryData<TargetList>(targetKeys.all, (known) => {
        if (known === undefined || item === null) return known;
        missing = !known.items.some(({ name }) => name === item.name);
        return { ...known, items: known.items.map((one) => (one.name === item.name ? item : one)) };
      });
      if (missing) void client.invalidateQueries({ queryKey: targetKeys.all });
    },
    resync: () => {
      void client.invalidateQueries({ queryKey: targetKeys.all });
    },
  }));
  useRoom("targets", event, resync);
}

/** Asks for a preview again the moment it is there. */
export function useLivePreview(digest: string | null): void {
  const client = useQueryClient();
  const [again] = useState(() => (id: string) => {
    void client.invalidateQueries({ queryKey: previewKeys.one(id) });
  });
  useEffect(() => {
    if (digest === null) return;
    const tell = (): void => {
      again(digest);
    };
    return live.join(`artifact:${digest}`, { event: tell, resync: () => null });
  }, [digest, again]);
}
