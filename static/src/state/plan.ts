import type { Counts, RunPlan } from "@/graph/reuse";
import type { PipelineDocument } from "@/graph/document";

/** What a run would do, as far as the editor knows it. */
export interface Planning {
  /** Cards show their verdicts. */
  readonly on: boolean;
  /** Being asked for. */
  readonly asking: boolean;
  /** The last answer; null before the first, and where the last was a refusal. */
  readonly plan: RunPlan | null;
  /** The document it is about. */
  readonly of: PipelineDocument | null;
  /** Why there is no plan. */
  readonly refused: string | null;
  /** What taking up the last failed run would do; null while that is not known. */
  readonly resume: Counts | null;
}

export const NO_PLAN: Planning = {
  on: false,
  asking: false,
  plan: null,
  of: null,
  refused: null,
  resume: null,
};

/** Whether two documents run alike: where things lie and what notes say decides nothing. */
export const runAlike = (one: PipelineDocument | null, other: PipelineDocument): boolean =>
  one !== null &&
  one.nodes === other.nodes &&
  one.parameters === other.parameters &&
  one.settings === other.settings;
