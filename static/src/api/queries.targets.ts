/** Compute targets: where steps run. */
import { useQuery } from "@tanstack/react-query";
import type { Finding } from "@/graph/finding";
import { get, patch, post, remove } from "./client";
import type { Schemas } from "./types";

export type Target = Schemas["Target"];
export type TargetKind = Schemas["TargetKind"];
export type TargetList = Schemas["TargetList"];
export type TargetState = Target["state"];
export type TargetStep = Schemas["TargetStep"];
export type Options = Readonly<Record<string, unknown>>;

export const targetKeys = { all: ["targets"] } as const;

const at = (name: string): string => `/api/targets/${encodeURIComponent(name)}`;

/** What runs is told; processor and memory are asked for as long as somebody looks. */
const LOOK_MS = 5000;

export const useTargets = ({ watched = false } = {}) =>
  useQuery({
    queryKey: targetKeys.all,
    queryFn: ({ signal }) => get<TargetList>("/api/targets", undefined, signal),
    staleTime: 10_000,
    refetchInterval: watched ? LOOK_MS : false,
  });

export const addTarget = (
  wanted: Partial<Schemas["AddTarget"]> & Pick<Target, "name" | "kind">,
): Promise<Target> => post<Target>("/api/targets", wanted);

export const changeTarget = (name: string, change: Partial<Schemas["ChangeTarget"]>): Promise<Target> =>
  patch<Target>(at(name), change);

export const deleteTarget = (name: string): Promise<unknown> => remove(at(name));

export interface Tested {
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

export const testTarget = (kind: string, options: Options, name: string | null): Promise<Tested> =>
  post<Tested>("/api/targets/test", { kind, options, ...(name === null ? {} : { name }) });

export const makeWorkerToken = (name: string): Promise<Schemas["NewWorkerToken"]> =>
  post<Schemas["NewWorkerToken"]>(`${at(name)}/tokens`, {});
