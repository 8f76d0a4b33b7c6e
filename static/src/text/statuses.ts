/** The statuses of steps and runs in words. */
export const statuses: Readonly<Record<string, string>> = {
  waiting: "waiting",
  queued: "queued",
  preparing: "preparing",
  running: "running",
  finalizing: "finalizing",
  completed: "completed",
  reused: "reused",
  failed: "failed",
  canceled: "canceled",
  skipped: "skipped",
};
