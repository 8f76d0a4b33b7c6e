/** The filters of the list of runs, as they stand in the address of the page. */
import { EVERY_RUN } from "@/api/queries.runs";
import type { RunFilter } from "@/api/queries.runs";
import { isRunStatus } from "@/api/types";
import type { RunStatus } from "@/api/types";

export const TIMES = ["hour", "today", "week", "month"] as const;
export type Time = (typeof TIMES)[number];

export interface Filters {
  readonly status: readonly RunStatus[];
  readonly q: string;
  readonly experiment: string;
  readonly pipeline: string;
  readonly time: Time | null;
  readonly archived: boolean;
  readonly deleted: boolean;
}

const isTime = (word: string | null): word is Time => TIMES.some((time) => time === word);

export function readFilters(query: URLSearchParams): Filters {
  const time = query.get("time");
  return {
    status: [...new Set(query.getAll("status"))].filter(isRunStatus),
    q: query.get("q") ?? "",
    experiment: query.get("experiment") ?? "",
    pipeline: query.get("pipeline") ?? "",
    time: isTime(time) ? time : null,
    archived: query.get("archived") === "yes",
    deleted: query.get("deleted") === "yes",
  };
}

export function writeFilters(filters: Filters): URLSearchParams {
  const query = new URLSearchParams();
  for (const status of filters.status) query.append("status", status);
  if (filters.q !== "") query.set("q", filters.q);
  if (filters.experiment !== "") query.set("experiment", filters.experiment);
  if (filters.pipeline !== "") query.set("pipeline", filters.pipeline);
  if (filters.time !== null) query.set("time", filters.time);
  if (filters.archived) query.set("archived", "yes");
  if (filters.deleted) query.set("deleted", "yes");
  return query;
}

export const anyFilter = (filters: Filters): boolean => writeFilters(filters).size > 0;

/** When a time filter begins, in seconds since 1970. To the minute, so that the same question has the same key. */
function since(time: Time, now: Date): number {
  const minute = Math.floor(now.getTime() / 60_000) * 60;
  switch (time) {
    case "hour":
      return minute - 3600;
    case "today":
      return new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime() / 1000;
    case "week":
      return minute - 7 * 86_400;
    case "month":
      return minute - 30 * 86_400;
  }
}

/** What to ask the server. */
export const toQuery = (filters: Filters, now: Date): RunFilter => ({
  ...EVERY_RUN,
  status: filters.status,
  q: filters.q,
  experiment: filters.experiment,
  pipeline: filters.pipeline,
  archived: filters.archived,
  deleted: filters.deleted,
  since: filters.time === null ? null : since(filters.time, now),
});
