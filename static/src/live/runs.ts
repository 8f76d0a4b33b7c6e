/** Runs as they happen: one store keyed by run, fed by the live connection, made whole over HTTP. */
import { createStore } from "zustand/vanilla";
import { isApiError } from "@/api/errors";
import type { ApiError } from "@/api/errors";
import { fetchEvents, fetchRun } from "@/api/queries.runs";
import { isOver } from "@/api/types";
import type { LiveEvent, Run, StoredEvent } from "@/api/types";
import { live } from "./live";
import { UNKNOWN, adopt, hasGap, receiveAll } from "./reduce";
import type { LiveRun } from "./reduce";

export interface LiveRuns {
  readonly runs: Readonly<Record<string, LiveRun>>;
  /** Why a run could not be read. */
  readonly errors: Readonly<Record<string, ApiError>>;
  /** Bytes in the logs of a step that said so since it was last told whole, by `run/node`. */
  readonly logs: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export const liveRuns = createStore<LiveRuns>(() => ({ runs: {}, errors: {}, logs: {} }));

export const logKey = (run: string, node: string): string => `${run}/${node}`;

const change = (id: string, next: (live: LiveRun) => LiveRun): void => {
  const { runs } = liveRuns.getState();
  const before = runs[id] ?? UNKNOWN;
  const after = next(before);
  if (after !== before) liveRuns.setState({ runs: { ...runs, [id]: after } });
};

/** A run was read or changed by a request: the store knows it too. */
export const adoptRun = (run: Run): void => {
  change(run.id, (known) => adopt(known, run));
  const { errors } = liveRuns.getState();
  if (run.id in errors) {
    const { [run.id]: _gone, ...rest } = errors;
    liveRuns.setState({ errors: rest });
  }
};

/** What was changed about a run, such as its name, shown before the server is asked again. */
export const patchRun = (
  id: string,
  patch: Partial<Pick<Run, "name" | "description" | "archived" | "kept" | "tags">>,
): void => {
  change(id, (known) => (known.run === null ? known : { ...known, run: { ...known.run, ...patch } }));
};

/** Reads what was missed: the events after the last known, or the whole run where that is far behind or unknown. */
async function catchUp(id: string, seq: number | null): Promise<void> {
  const known = liveRuns.getState().runs[id] ?? UNKNOWN;
  if (known.run !== null && seq !== null && seq <= known.run.seq && !hasGap(known)) return;
  try {
    if (known.run !== null) {
      const { items, more } = await fetchEvents(id, known.run.seq);
      change(id, (before) => receiveAll(before, items));
      if (!more && !hasGap(liveRuns.getState().runs[id] ?? UNKNOWN)) return;
    }
    adoptRun(await fetchRun(id));
  } catch (error) {
    if (!isApiError(error)) throw error;
    // What was not reached is asked again at the next sign of life; what was refused is told.
    if (liveRuns.getState().runs[id]?.run == null) {
      liveRuns.setState({ errors: { ...liveRuns.getState().errors, [id]: error } });
    }
  }
}

interface Watch {
  count: number;
  leave: () => void;
}

const watches = new Map<string, Watch>();

/** Keeps a run true in the store until the answer is called. */
export function watchRun(id: string): () => void {
  const present = watches.get(id);
  const watch = present ?? { count: 0, leave: begin(id) };
  watch.count += 1;
  watches.set(id, watch);
  return () => {
    watch.count -= 1;
    setTimeout(() => {
      if (watch.count > 0 || watches.get(id) !== watch) return;
      watches.delete(id);
      watch.leave();
    }, 1500);
  };
}

function begin(id: string): () => void {
  let waiting: StoredEvent[] = [];
  let grown: Record<string, Readonly<Record<string, number>>> = {};
  let flushing: ReturnType<typeof setTimeout> | null = null;
  let asking: Promise<void> | null = null;
  let again = false;

  const ask = (seq: number | null): void => {
    if (asking !== null) {
      again = true;
      return;
    }
    asking = catchUp(id, seq).finally(() => {
      asking = null;
      if (again) {
        again = false;
        ask(null);
      }
    });
  };

  // A burst of events is applied once a frame.
  const flush = (): void => {
    flushing = null;
    const [events, logs] = [waiting, grown];
    waiting = [];
    grown = {};
    if (Object.keys(logs).length > 0) liveRuns.setState({ logs: { ...liveRuns.getState().logs, ...logs } });
    if (events.length === 0) return;
    change(id, (known) => receiveAll(known, events));
    const now = liveRuns.getState().runs[id];
    if (now?.run == null) return;
    if (hasGap(now)) ask(null);
    // The end brings times and texts that no event carries.
    else if (events.some((event) => event.kind === "run") && isOver(now.run.status)) {
      void fetchRun(id).then(adoptRun, () => null);
    }
  };

  const take = (event: LiveEvent): void => {
    if (event.kind === "step" || event.kind === "run") waiting.push(event);
    else if (event.kind === "log") grown[logKey(event.run, event.node)] = event.sizes;
    else return;
    flushing ??= setTimeout(flush, 16);
  };

  ask(null);
  const leave = live.join(`run:${id}`, { event: take, resync: ask });
  return () => {
    leave();
    if (flushing !== null) clearTimeout(flushing);
  };
}
