import type { Finding } from "@/graph/finding";

/** What the server said when it refused, or what kept us from asking. */
export interface Problem {
  /** The HTTP status; 0 when the server was not reached. */
  readonly status: number;
  /** Stable, such as `not_found` or `stale_version`. */
  readonly code: string;
  /** What to do about it. */
  readonly cure: string;
  /** What it is about. */
  readonly where: string;
  readonly findings: readonly Finding[];
  /** More, by the code: of `stale_version` the current document. */
  readonly details: unknown;
}

export type ApiError = Error & Problem;

const KIND = "ApiError";

/** An error to throw, with what the server said. */
export const apiError = (message: string, problem: Partial<Problem>): ApiError =>
  Object.assign(new Error(message), {
    name: KIND,
    status: 0,
    code: "unknown",
    cure: "",
    where: "",
    findings: [],
    details: null,
    ...problem,
  });

export const isApiError = (error: unknown): error is ApiError =>
  error instanceof Error && error.name === KIND;

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
