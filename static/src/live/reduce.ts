/** How live events change a run: pure, so that any order, doubles and gaps end in the same state. */
import type { Run, Step, StoredEvent } from "@/api/types";

/** A run as this tab knows it, and the events that came too early. */
export interface LiveRun {
  readonly run: Run | null;
  readonly held: readonly StoredEvent[];
}

export const UNKNOWN: LiveRun = { run: null, held: [] };

/** Whether events are missing: what is held cannot be applied yet. */
export const hasGap = (live: LiveRun): boolean => live.run !== null && live.held.length > 0;

/** The run was read whole. An older answer than what is known only brings what events do not carry. */
export function adopt(live: LiveRun, run: Run): LiveRun {
  const known = live.run;
  const newer =
    known === null || run.seq >= known.seq
      ? run
      : {
          ...known,
          name: run.name,
          description: run.description,
          tags: run.tags,
          archived: run.archived,
          kept: run.kept,
          parameters: run.parameters,
        };
  return settle({ run: newer, held: live.held });
}

/** One event arrived. */
export function receive(live: LiveRun, event: StoredEvent): LiveRun {
  if (live.run !== null && event.seq <= live.run.seq) return live;
  if (live.held.some((held) => held.seq === event.seq)) return live;
  return settle({ run: live.run, held: [...live.held, event] });
}

/** Several events arrived, such as those asked for after a gap. */
export const receiveAll = (live: LiveRun, events: readonly StoredEvent[]): LiveRun =>
  events.reduce(receive, live);

/** Applies what is held as far as it follows without a gap. */
function settle(live: LiveRun): LiveRun {
  if (live.run === null || live.held.length === 0) return live;
  let run = live.run;
  const held: StoredEvent[] = [];
  for (const event of [...live.held].sort((one, other) => one.seq - other.seq)) {
    if (event.seq <= run.seq) continue;
    if (event.seq === run.seq + 1) run = apply(run, event);
    else held.push(event);
  }
  return { run, held };
}

function apply(run: Run, event: StoredEvent): Run {
  switch (event.kind) {
    case "step": {
      const steps = { ...run.steps, [event.step.node]: event.step };
      return { ...run, seq: event.seq, steps, counts: count(steps), ...firstFailure(run, event.step) };
    }
    case "run": {
      const started = run.started ?? (event.status === "queued" ? null : event.at);
      const ended = event.ended ?? null;
      return {
        ...run,
        seq: event.seq,
        status: event.status,
        started,
        ended,
        seconds: ended === null ? run.seconds : Math.max(0, ended - (started ?? ended)),
        cancel_requested: run.cancel_requested || event.status === "canceling",
      };
    }
  }
}

function firstFailure(run: Run, step: Step): Partial<Run> {
  if (run.failed_step !== "" || step.status !== "failed") return {};
  return { failed_step: step.node, error: step.error?.message ?? "" };
}

/** How many steps have each status. */
export function count(steps: Readonly<Record<string, Step>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const step of Object.values(steps)) counts[step.status] = (counts[step.status] ?? 0) + 1;
  return counts;
}
