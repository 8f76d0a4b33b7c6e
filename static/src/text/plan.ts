const plural = (count: number, one: string, many: string) =>
  count === 1 ? `1 ${one}` : `${String(count)} ${many}`;

/** Reasons where there is little room; those that name something are said as they are. */
const SHORT: Readonly<Record<string, string>> = {
  first: "not run yet",
  code: "code changed",
  environment: "other environment",
  upstream: "depends on upstream",
  asked: "asked to run",
  reuse_off: "reuse is off",
  not_completed: "did not complete",
  results_gone: "results are gone",
  off: "turned off",
  not_asked: "not asked for",
  condition: "only if something fails",
};

/** What a run would do, what it did, and why. */
export const plan = {
  label: "Plan of the run",
  asking: "Planning…",
  hide: "Hide the plan",
  select: (what: string) => `Select: ${what}`,
  refused: "No plan",
  show: "Show",
  verdicts: {
    reused: "Will be reused",
    runs: "Will run",
    maybe: "May be reused",
    left_out: "Left out",
    dataset: "Data",
  },
  /** Where there is little room. */
  onCard: {
    reused: "Reused",
    runs: "Runs",
    maybe: "May be reused",
    left_out: "Left out",
    dataset: "Data",
  },
  short: (code: string, reason: string): string => SHORT[code] ?? reason.replace(/^(parameter|input) /, ""),
  /** Of a legend: how many nodes. */
  counts: {
    reused: (count: number) => `${String(count)} reused`,
    runs: (count: number) => `${String(count)} will run`,
    maybe: (count: number) => `${String(count)} may be reused`,
    left_out: (count: number) => `${String(count)} left out`,
    dataset: (count: number) => plural(count, "dataset", "datasets"),
  },
  /** Of a menu's line: what it would do. */
  hint: (runs: number, maybe: number, reused: number) => {
    const parts = [
      runs + maybe === 0
        ? "runs nothing"
        : maybe === 0
          ? `runs ${String(runs)}`
          : `runs ${String(runs)} to ${String(runs + maybe)}`,
      reused === 0 ? "" : `reuses ${String(reused)}`,
    ];
    return parts.filter((part) => part !== "").join(", ");
  },
  nothing: "Nothing changed: the results there are would be used again.",
  about: (duration: string) => `about ${duration}`,
  saves: (duration: string) => `saves ${duration}`,
  expect: (duration: string) => `About ${duration}`,
  memory: (size: string) => `${size} of memory`,
  kept: "kept",
  resultsFrom: "Results of",
  fromRun: "From",
  aRun: "an earlier run",
  compared: "Compared with",
  why: "Why",
  ran: "Ran because",
  ranAgain: "Ran again because",
  reused: "Reused",
  reusedNothingChanged: "nothing changed",
  reusedFrom: "Reused from",
  willReuse: "Will be reused from",
  leftOutBecause: "Left out because",
  saw: "What differs",
  differs: (step: string) => `What differs in ${step}`,
  before: "Before",
  after: "Now",
  code: "Code",
  codeSame: "The code is the same.",
  codeGone: "The earlier code could not be read.",
  unchanged: (lines: number) => plural(lines, "unchanged line", "unchanged lines"),
  nothingValue: "not set",
  changed: "What changed",
  share: (reused: number, all: number) => `${String(reused)} of ${plural(all, "step", "steps")} reused`,
};
