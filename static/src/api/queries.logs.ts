/** The logs of a step, read in windows of bytes. */
import { get } from "./client";
import { stepPath } from "./queries.runs";
import type { Log, LogIndex, LogMatches } from "./types";

export type Stream = "stdout" | "stderr";

const at = (run: string, node: string, stream: Stream): string => `${stepPath(run, node)}/logs/${stream}`;

export const fetchLog = (
  run: string,
  node: string,
  stream: Stream,
  offset: number,
  limit: number,
): Promise<Log> => get<Log>(at(run, node, stream), { offset, limit });

export const fetchLogIndex = (run: string, node: string, stream: Stream): Promise<LogIndex> =>
  get<LogIndex>(`${at(run, node, stream)}/index`);

export const searchLog = (
  run: string,
  node: string,
  stream: Stream,
  text: string,
  signal?: AbortSignal,
): Promise<LogMatches> => get<LogMatches>(`${at(run, node, stream)}/search`, { text, limit: 1000 }, signal);

export const logDownloadPath = (run: string, node: string, stream: Stream): string =>
  `${at(run, node, stream)}/download`;
