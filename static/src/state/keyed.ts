/**
 * What is told of nodes, by node: the steps of a run, or its plan. Reports are kept until the next animation frame and
 * then told to those who look at their node, so that a thousand reports a second cost one drawing a frame.
 */
export interface KeyedStore<T> {
  readonly get: (node: string) => T | undefined;
  readonly all: () => ReadonlyMap<string, T>;
  /** A node is now like this. */
  readonly apply: (node: string, value: T) => void;
  /** Forgets all nodes and takes these. Told only to those whose value is another. */
  readonly replace: (values: Readonly<Record<string, T>>) => void;
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

export const createKeyedStore = <T>(
  same: (one: T, other: T) => boolean = Object.is,
  schedule: Schedule = everyFrame(),
): KeyedStore<T> => {
  let values = new Map<string, T>();
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
    get: (node) => values.get(node),
    all: () => values,
    apply: (node, value) => {
      values.set(node, value);
      mark(node);
    },
    replace: (next) => {
      const before = values;
      values = new Map();
      for (const [node, value] of Object.entries(next)) {
        const known = before.get(node);
        const kept = known !== undefined && same(known, value);
        values.set(node, kept ? known : value);
        if (!kept) mark(node);
      }
      for (const node of before.keys()) if (!values.has(node)) mark(node);
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
