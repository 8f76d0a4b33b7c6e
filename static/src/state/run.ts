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
  /** The values its pipeline parameters had. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export const RUN_AT_REST: CurrentRun = {
  id: null,
  status: null,
  starting: false,
  canceling: false,
  started: null,
  seconds: null,
  parameters: {},
};

const OVER: ReadonlySet<string> = new Set(["completed", "failed", "canceled"]);

/** Whether it still moves. */
export const isMoving = (run: CurrentRun): boolean =>
  run.starting || (run.id !== null && run.status !== null && !OVER.has(run.status));

/** The run that could be taken up again: the last one, if it did not complete. */
export const toResume = (run: CurrentRun): string | null =>
  run.status === "failed" || run.status === "canceled" ? run.id : null;
