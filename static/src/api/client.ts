import type { Finding } from "@/graph/finding";
import { text } from "@/text";
import { apiError } from "./errors";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface RequestOptions {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | null | undefined>>;
  /** Makes a submit safe to repeat. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  /** Lets the request outlive the page (at most 64 kB of body). */
  readonly keepalive?: boolean;
}

/** The token of the page, which every changing request must carry. */
export const csrfToken = (): string =>
  document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";

/** A path with its query; what is null or undefined is left out. */
export const address = (path: string, query: RequestOptions["query"] = {}): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const finding = (value: unknown): readonly Finding[] => {
  if (!isRecord(value)) return [];
  return [
    {
      code: textOf(value["code"]),
      message: textOf(value["message"]),
      cure: textOf(value["cure"]),
      severity: value["severity"] === "warning" ? "warning" : "error",
      node: textOf(value["node"]),
      port: textOf(value["port"]),
      parameter: textOf(value["parameter"]),
      line: typeof value["line"] === "number" ? value["line"] : 0,
      pointer: textOf(value["pointer"]),
    },
  ];
};

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
};

/** The error a refused response means. */
export const problemOf = (status: number, body: string) => {
  const read = parse(body);
  const problem = isRecord(read) ? read : {};
  const message = textOf(problem["detail"]) || textOf(problem["message"]) || textOf(problem["title"]);
  return apiError(message || text.errors.status(status), {
    status,
    code: textOf(problem["code"]) || textOf(problem["type"]) || `http_${String(status)}`,
    cure: textOf(problem["cure"]),
    where: textOf(problem["where"]) || textOf(problem["instance"]),
    findings: Array.isArray(problem["findings"]) ? problem["findings"].flatMap(finding) : [],
    details: problem["details"] ?? null,
  });
};

const send = async (method: Method, path: string, options: RequestOptions): Promise<Response> => {
  const headers = new Headers({ Accept: "application/json" });
  if (method !== "GET") headers.set("X-CSRF-Token", csrfToken());
  if (options.body !== undefined) headers.set("Content-Type", "application/json");
  if (options.idempotencyKey !== undefined) headers.set("Idempotency-Key", options.idempotencyKey);
  try {
    return await fetch(address(path, options.query), {
      method,
      headers,
      credentials: "same-origin",
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.keepalive ? { keepalive: true } : {}),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw apiError(text.errors.unreachable, { code: "unreachable", cure: text.errors.unreachableCure });
  }
};

/**
 * Asks the server and reads JSON. The caller says which type the server promises for this path; the promise is kept by
 * the types generated from the server's OpenAPI. Throws an `ApiError` when the server refuses or is not reached.
 */
export const request = async <T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> => {
  const response = await send(method, path, options);
  const body = await response.text();
  if (!response.ok) throw problemOf(response.status, body);
  const answer: T = body === "" ? undefined : JSON.parse(body);
  return answer;
};

export const get = <T>(path: string, query?: RequestOptions["query"], signal?: AbortSignal): Promise<T> =>
  request<T>("GET", path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) });

export const post = <T>(path: string, body?: unknown, options: RequestOptions = {}): Promise<T> =>
  request<T>("POST", path, { ...options, ...(body === undefined ? {} : { body }) });

export const put = <T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> =>
  request<T>("PUT", path, { ...options, body });

export const patch = <T>(path: string, body: unknown): Promise<T> => request<T>("PATCH", path, { body });
export const remove = <T>(path: string): Promise<T> => request<T>("DELETE", path);
