/** The run that the editor follows: the one just started, or the last one. */
export interface CurrentRun {
  readonly id: string | null;
  readonly status: string | null;
  /** Being asked for. */
  readonly starting: boolean;
  readonly canceling: boolean;
  /** Seconds since 1970. */
  readonly started: number | null;
  readonly seconds: number | null;
}

export const RUN_AT_REST: CurrentRun = {
  id: null,
  status: null,
  starting: false,
  canceling: false,
  started: null,
  seconds: null,
};

const OVER: ReadonlySet<string> = new Set(["completed", "failed", "canceled"]);

/** Whether it still moves. */
export const isMoving = (run: CurrentRun): boolean =>
  run.starting || (run.id !== null && run.status !== null && !OVER.has(run.status));
