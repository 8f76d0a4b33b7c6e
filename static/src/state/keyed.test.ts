import { describe, expect, it } from "vitest";
import type { StepView } from "@/graph/step";
import { createKeyedStore } from "./keyed";

const later = () => {
  const waiting: (() => void)[] = [];
  return {
    schedule: (flush: () => void) => {
      waiting.push(flush);
    },
    frame: () => {
      for (const flush of waiting.splice(0)) flush();
    },
    asked: () => waiting.length,
  };
};

describe("what is told by node", () => {
  it("is told once a frame, and only to those who look at that node", () => {
    const { schedule, frame, asked } = later();
    const store = createKeyedStore<StepView>(Object.is, schedule);
    const seen: string[] = [];
    store.subscribe("a", () => seen.push(`a ${store.get("a")?.status ?? ""}`));
    store.subscribe("b", () => seen.push("b"));
    store.subscribeAll((changed) => seen.push([...changed].join()));

    store.apply("a", { node: "a", status: "queued" });
    store.apply("a", { node: "a", status: "running" });
    store.apply("c", { node: "c", status: "queued" });
    expect([seen, asked()]).toEqual([[], 1]);

    frame();
    expect(seen).toEqual(["a running", "a,c"]);
  });

  it("can be replaced, which is told to those whose step is gone too", () => {
    const { schedule, frame } = later();
    const store = createKeyedStore<StepView>(Object.is, schedule);
    store.apply("a", { node: "a", status: "failed" });
    frame();
    const seen: unknown[] = [];
    store.subscribe("a", () => seen.push(store.get("a")));

    store.replace({ b: { node: "b", status: "waiting" } });
    frame();

    expect(seen).toEqual([undefined]);
    expect([...store.all().keys()]).toEqual(["b"]);
  });

  it("is told again only to those whose value is another", () => {
    const { schedule, frame } = later();
    const store = createKeyedStore<{ readonly verdict: string }>(
      (one, other) => one.verdict === other.verdict,
      schedule,
    );
    store.replace({ a: { verdict: "runs" }, b: { verdict: "runs" } });
    frame();
    const first = store.get("a");
    const seen: string[] = [];
    store.subscribeAll((changed) => seen.push(...changed));

    store.replace({ a: { verdict: "runs" }, b: { verdict: "reused" } });
    frame();

    expect(seen).toEqual(["b"]);
    expect(store.get("a")).toBe(first);
  });

  it("forgets a listener that left", () => {
    const { schedule, frame } = later();
    const store = createKeyedStore<StepView>(Object.is, schedule);
    let told = 0;
    const leave = store.subscribe("a", () => {
      told += 1;
    });
    leave();
    store.apply("a", { node: "a", status: "queued" });
    frame();

    expect(told).toBe(0);
  });
});
