export const running = {
  titles: {
    all: "Run the pipeline",
    anew: "Run everything again",
    to: "Run to here",
    from: "Run from here",
    only: "Run only selected",
  },
  experiment: "Experiment",
  experimentHelp: "Groups runs, so that they can be compared.",
  name: "Display name",
  namePlaceholder: "Made from the pipeline's name",
  parameters: "Parameters",
  priorityHelp: "Runs with a higher number get free slots first.",
  priorityWrong: (most: number) => `From -${String(most)} to ${String(most)}.`,
  ways: "Ways to run",
  plan: "Plan",
  submit: "Run",
  cancel: "Cancel",
  errors: (count: number) =>
    count === 1
      ? "One problem keeps this pipeline from running."
      : `${String(count)} problems keep this pipeline from running.`,
  show: "Show",
  notSaved: "The pipeline could not be saved, so it was not run.",
  open: "Open the run",
  finished: {
    completed: "The run has completed.",
    failed: "The run has failed.",
    canceled: "The run was canceled.",
  },
};
