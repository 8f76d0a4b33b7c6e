import type { Reason } from "./reuse";

/** What a card shows of a step: the part of the server's `Step` that the canvas reads. */
export interface StepView {
  readonly node: string;
  readonly status: StepStatus;
  readonly progress?: number | null;
  readonly progress_text?: string;
  /** Seconds since 1970. */
  readonly started?: number | null;
  readonly seconds?: number | null;
  readonly metrics?: readonly StepMetric[];
  readonly outputs?: Readonly<Record<string, StepOutput>>;
  readonly error?: { readonly message: string; readonly cure?: string } | null;
  /** What it waits for, or why it was left out. */
  readonly why?: string;
  /** Why it ran, or did not have to. */
  readonly reasons?: readonly Reason[];
  readonly reused_from?: string;
  readonly reused_node?: string;
  readonly compared_with?: string;
  readonly dataset?: string;
}

export const STEP_STATUSES = [
  "waiting",
  "queued",
  "preparing",
  "running",
  "finalizing",
  "completed",
  "reused",
  "failed",
  "canceled",
  "skipped",
] as const;

export type StepStatus = (typeof STEP_STATUSES)[number];

export interface StepMetric {
  readonly name: string;
  readonly value: number | null;
  readonly recent?: readonly (number | null)[];
}

export interface StepOutput {
  readonly type: string;
  readonly digest?: string;
  readonly rows?: number | null;
  readonly columns?: readonly unknown[];
  readonly size?: number;
}

const LIVE: ReadonlySet<StepStatus> = new Set(["preparing", "running", "finalizing"]);
const OVER: ReadonlySet<StepStatus> = new Set(["completed", "reused", "failed", "canceled", "skipped"]);

/** Whether it works now. */
export const isLive = (status: StepStatus): boolean => LIVE.has(status);

/** Whether nothing more will happen to it. */
export const isOver = (status: StepStatus): boolean => OVER.has(status);
