/** What a run would do, asked before it does it. */
import type { Part, RunPlan } from "@/graph/reuse";
import { post } from "./client";
import type { Run, Schemas } from "./types";

/** The part of a request that says which part of a pipeline is meant. */
export const partBody = (part: Part): Readonly<Record<string, unknown>> => {
  switch (part.kind) {
    case "all":
      return {};
    case "anew":
      return { regenerate: true };
    case "to":
    case "from":
    case "only":
      return { [`${part.kind}_nodes`]: part.nodes };
  }
};

export interface PlanRequest {
  readonly pipeline?: string | null;
  readonly version?: number;
  readonly document?: unknown;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly part?: Part;
  /** The run that is taken up again; "" for none. */
  readonly resume?: string;
}

/** The same words a submit takes. */
export const planBody = ({ part = { kind: "all" }, resume = "", ...rest }: PlanRequest) => ({
  ...rest,
  ...partBody(part),
  ...(resume === "" ? {} : { resume }),
});

export const planRun = (request: PlanRequest, signal?: AbortSignal): Promise<RunPlan> =>
  post<Schemas["RunPlan"]>("/api/plans", planBody(request), signal ? { signal } : {});

/** The request that takes a run up again: with the draft as it is now, or exactly as it was. */
export const resumeBody = (
  run: Pick<Run, "id" | "pipeline" | "document" | "parameters">,
  draft: { readonly version: number; readonly parameters: Readonly<Record<string, unknown>> } | null,
): PlanRequest =>
  draft === null
    ? {
        document: run.document,
        pipeline: run.pipeline === "" ? null : run.pipeline,
        parameters: run.parameters,
        resume: run.id,
      }
    : { pipeline: run.pipeline, version: draft.version, parameters: draft.parameters, resume: run.id };
