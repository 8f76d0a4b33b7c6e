import type { StepView } from "@/graph/step";

/**
 * The statuses of a run's steps, by node. Reports are kept until the next animation frame and then told to those who
 * look at their node, so that a thousand reports a second cost one drawing a frame.
 */
export interface StatusStore {
  readonly get: (node: string) => StepView | undefined;
  readonly all: () => ReadonlyMap<string, StepView>;
  /** A step is now like this. */
  readonly apply: (node: string, step: StepView) => void;
  /** Forgets all steps and takes these. */
  readonly replace: (steps: Readonly<Record<string, StepView>>) => void;
  readonly subscribe: (node: string, listener: () => void) => () => void;
  /** Told once a frame, with the nodes that changed. */
  readonly subscribeAll: (listener: (changed: ReadonlySet<string>) => void) => () => void;
}

type Schedule = (flush: () => void) => void;

/** In a storm of reports this many milliseconds lie between two drawings; nobody sees the difference, the machine does. */
const GAP_MS = 100;

/** At the next frame, or a little later in a storm. */
const everyFrame = (): Schedule => {
  let last = 0;
  return (flush) => {
    const run = () => {
      last = performance.now();
      flush();
    };
    const wait = last + GAP_MS - performance.now();
    // A hidden tab gets no frames; its statuses must not pile up.
    if (typeof document === "undefined" || document.visibilityState !== "visible") setTimeout(run, 100);
    else if (wait <= 0) requestAnimationFrame(run);
    else setTimeout(() => requestAnimationFrame(run), wait);
  };
};

export const createStatusStore = (schedule: Schedule = everyFrame()): StatusStore => {
  let steps = new Map<string, StepView>();
  let pending = new Set<string>();
  let scheduled = false;
  const byNode = new Map<string, Set<() => void>>();
  const everyone = new Set<(changed: ReadonlySet<string>) => void>();

  const flush = () => {
    scheduled = false;
    const changed = pending;
    pending = new Set();
    for (const node of changed) for (const listener of byNode.get(node) ?? []) listener();
    for (const listener of everyone) listener(changed);
  };
  const mark = (node: string) => {
    pending.add(node);
    if (scheduled) return;
    scheduled = true;
    schedule(flush);
  };

  return {
    get: (node) => steps.get(node),
    all: () => steps,
    apply: (node, step) => {
      steps.set(node, step);
      mark(node);
    },
    replace: (next) => {
      const gone = [...steps.keys()].filter((node) => !Object.hasOwn(next, node));
      steps = new Map(Object.entries(next));
      for (const node of [...gone, ...steps.keys()]) mark(node);
    },
    subscribe: (node, listener) => {
      const listeners = byNode.get(node) ?? new Set();
      listeners.add(listener);
      byNode.set(node, listeners);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) byNode.delete(node);
      };
    },
    subscribeAll: (listener) => {
      everyone.add(listener);
      return () => {
        everyone.delete(listener);
      };
    },
  };
};
