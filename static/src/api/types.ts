/** The shapes on the wire, by their nouns. Generated from the contract, named here once. */
import type { components } from "./schema";

export type Schemas = components["schemas"];

export type Dataset = Schemas["Dataset"];
export type DatasetVersion = Schemas["DatasetVersion"];
export type DatasetList = Schemas["DatasetList"];
export type ReadOptions = Schemas["ReadOptions"];
export type LiveEvent = Schemas["AnyEvent"]["event"];
export type StoredEvent = Schemas["StepChanged"] | Schemas["RunChanged"];
export type Experiment = Schemas["Experiment"];
export type Log = Schemas["Log"];
export type LogIndex = Schemas["LogIndex"];
export type LogMatches = Schemas["LogMatches"];
export type ModuleList = Schemas["ModuleList"];
export type Output = Schemas["Output"];
export type Pipeline = Schemas["Pipeline"];
export type PipelineList = Schemas["PipelineList"];
export type PipelineSummary = Schemas["PipelineSummary"];
export type Preview = Schemas["Preview"];
export type Run = Schemas["Run"];
export type RunEvents = Schemas["RunEvents"];
export type RunList = Schemas["RunList"];
export type RunStatus = Schemas["RunStatus"];
export type RunSummary = Schemas["RunSummary"];
export type Sample = Schemas["Sample"];
export type Source = Schemas["Source"];
export type Step = Schemas["Step"];
export type StepDetail = Schemas["StepDetail"];
export type StepError = Schemas["StepError"];
export type StepMetrics = Schemas["StepMetrics"];
export type StepStatus = Schemas["StepStatus"];
export type System = Schemas["System"];

export const RUN_STATUSES = [
  "queued",
  "running",
  "canceling",
  "completed",
  "failed",
  "canceled",
] as const satisfies readonly RunStatus[];

export const isRunStatus = (word: string): word is RunStatus =>
  RUN_STATUSES.some((status) => status === word);

/** Whether nothing will change any more. */
export const isOver = (status: RunStatus): boolean =>
  status === "completed" || status === "failed" || status === "canceled";

export const isStepOver = (status: StepStatus): boolean =>
  status === "completed" ||
  status === "reused" ||
  status === "failed" ||
  status === "canceled" ||
  status === "skipped";
