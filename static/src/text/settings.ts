const plural = (count: number, one: string, many: string) =>
  count === 1 ? `1 ${one}` : `${String(count)} ${many}`;

/** The page about the server itself: what takes space, which version it is. */
export const settings = {
  title: "Settings",
  failed: "The server could not say how it is.",
  storage: "Storage",
  free: (free: string, total: string) => `${free} of ${total} free`,
  parts: {
    artifacts: "Results",
    unused: "Results that nothing uses",
    database: "History",
    backups: "Backups",
  },
  artifacts: (count: number) => plural(count, "file", "files"),
  deleted: (count: number) => `${plural(count, "deleted run", "deleted runs")}, kept for a while`,
  rules: "What is kept",
  days: (days: number) => (days > 0 ? `Runs of the last ${plural(days, "day", "days")}` : "Runs of any age"),
  count: (count: number) =>
    count > 0 ? `At most ${plural(count, "run", "runs")} of a pipeline` : "Any number of runs",
  bytes: (size: string) => (size === "" ? "Results of any size" : `At most ${size} of results`),
  rulesText:
    "Set by environment variables of the server. Runs that are kept for good stay whatever these say.",
  going: "Goes with the next clean-up",
  goingNone: "Nothing goes with the next clean-up.",
  keep: "Keep for good",
  clean: "Clean up now",
  cleanHint: "The server does this by itself once an hour.",
  cleaned: (runs: number, artifacts: number, size: string) =>
    runs + artifacts === 0
      ? "There was nothing to clean up."
      : `${plural(runs, "run", "runs")} deleted, ${plural(artifacts, "file", "files")} removed, ${size} freed.`,
  about: "About",
  version: "Version",
  python: "Python",
  home: "Home",
};
