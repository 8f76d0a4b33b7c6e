import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adopt, hasGap, receive, receiveAll, UNKNOWN } from "./reduce";
import type { Run, Step, StoredEvent } from "@/api/types";
import type { LiveRun } from "./reduce";

const step = (node: string, status: Step["status"], more: Partial<Step> = {}): Step => ({
  node,
  name: node,
  module: "split_data@1",
  dataset: "",
  status,
  attempt: "",
  attempts: 0,
  target: "local",
  created: null,
  started: null,
  ended: null,
  seconds: null,
  progress: null,
  progress_text: "",
  metrics: [],
  outputs: {},
  error: null,
  why: "",
  verdict: null,
  reasons: [],
  reused_from: "",
  reused_node: "",
  compared_with: "",
  retry_at: null,
  peak_memory: null,
  log_bytes: {},
  tags: {},
  ...more,
});

const RUN: Run = {
  id: "run_1",
  name: "First",
  status: "queued",
  pipeline: "",
  pipeline_name: "",
  experiment: "default",
  created: 100,
  started: null,
  ended: null,
  seconds: null,
  parameters: {},
  tags: {},
  counts: { waiting: 2 },
  failed_step: "",
  error: "",
  description: "",
  archived: false,
  priority: 0,
  resumed_from: "",
  kept: false,
  deleted: null,
  seq: 3,
  document: {},
  steps: { a: step("a", "waiting"), b: step("b", "waiting") },
  cancel_requested: false,
  cloned_from: "",
  git: [],
};

const changed = (seq: number, of: Step): StoredEvent => ({
  kind: "step",
  run: "run_1",
  seq,
  at: 100 + seq,
  step: of,
});

const EVENTS: readonly StoredEvent[] = [
  { kind: "run", run: "run_1", seq: 4, at: 104, status: "running", ended: null },
  changed(5, step("a", "running", { started: 105 })),
  changed(6, step("a", "running", { started: 105, progress: 0.5 })),
  changed(7, step("a", "completed", { started: 105, seconds: 2 })),
  changed(8, step("b", "queued")),
  changed(
    9,
    step("b", "failed", {
      error: { kind: "x", message: "No.", cure: "", number: 0, where: "", traceback: "", exit_code: null },
    }),
  ),
  { kind: "run", run: "run_1", seq: 10, at: 110, status: "failed", ended: 110 },
];

const inOrder = receiveAll(adopt(UNKNOWN, RUN), EVENTS);

describe("a run told by events", () => {
  it("ends as the last event says", () => {
    const { run } = inOrder;

    expect(run?.status).toBe("failed");
    expect(run?.seconds).toBe(6);
    expect(run?.counts).toEqual({ completed: 1, failed: 1 });
    expect([run?.failed_step, run?.error]).toEqual(["b", "No."]);
    expect(hasGap(inOrder)).toBe(false);
  });

  it("is the same in any order, with doubles, and with the run read anywhere between", () => {
    const scrambled = fc
      .shuffledSubarray([...EVENTS, ...EVENTS, ...EVENTS], { minLength: 0, maxLength: 21 })
      .map((some) => [...some, ...EVENTS.toReversed()]);

    fc.assert(
      fc.property(scrambled, fc.nat(20), (events, at) => {
        let live: LiveRun = UNKNOWN;
        events.forEach((event, position) => {
          if (position === Math.min(at, events.length - 1)) live = adopt(live, RUN);
          live = receive(live, event);
        });
        expect(live).toEqual(inOrder);
      }),
    );
  });

  it("is the same when the run is read from the middle", () => {
    for (let cut = 0; cut <= EVENTS.length; cut += 1) {
      const middle = receiveAll(adopt(UNKNOWN, RUN), EVENTS.slice(0, cut)).run;
      if (middle === null) throw new Error("no run");
      const live = receiveAll(adopt(receiveAll(UNKNOWN, EVENTS.slice(2)), middle), EVENTS);

      expect(live).toEqual(inOrder);
    }
  });

  it("says when something is missing, and waits", () => {
    const [, second] = EVENTS;
    if (second === undefined) throw new Error("no event");
    const live = receive(adopt(UNKNOWN, RUN), second);

    expect(hasGap(live)).toBe(true);
    expect(live.run).toBe(RUN);
  });

  it("keeps what it knows when an older answer arrives late, and takes the new name from it", () => {
    const live = adopt(inOrder, { ...RUN, name: "Renamed" });

    expect(live.run).toEqual({ ...inOrder.run, name: "Renamed" });
  });

  it("leaves steps that did not change as they were", () => {
    const before = adopt(UNKNOWN, RUN);
    const after = receiveAll(before, EVENTS.slice(0, 2));

    expect(after.run?.steps["b"]).toBe(before.run?.steps["b"]);
  });
});
