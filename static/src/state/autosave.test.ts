import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { apiError } from "@/api/errors";
import { EMPTY } from "@/graph/document";
import type { PipelineDocument } from "@/graph/document";
import { startAutosave } from "./autosave";
import type { World } from "./autosave";
import { createSession, documentOf, edit, undoEdit } from "./session";
import type { Session } from "./session";
import type { Keep } from "./unsaved";

const BASE: PipelineDocument = {
  ...EMPTY,
  name: "Base",
  nodes: { a: { module: "source@1" }, b: { module: "filter@1", parameters: { p: 1 } } },
  layout: { a: [0, 0], b: [0, 144] },
};

const memory = (): Keep & { readonly size: () => number } => {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    size: () => kept.size,
  };
};

/** A server that keeps one draft and refuses stale writes. */
const server = (document: PipelineDocument = BASE) => {
  const fail: { error: Error | null } = { error: null };
  const state = { version: 1, document, saves: 0, fail };
  const world = (storage: Keep): World => ({
    storage,
    onSaved: () => undefined,
    fetch: () => Promise.resolve({ version: state.version, document: state.document }),
    save: (version, sent) => {
      if (state.fail.error) return Promise.reject(state.fail.error);
      if (version !== state.version) {
        const current = { version: state.version, document: state.document };
        return Promise.reject(
          apiError("Stale.", { status: 409, code: "stale_version", details: { current } }),
        );
      }
      state.version += 1;
      state.document = sent;
      state.saves += 1;
      return Promise.resolve({ version: state.version, findings: [] });
    },
  });
  return { state, world };
};

const begin = (document: PipelineDocument = BASE): Session => {
  const session = createSession({ pipeline: "pl", document });
  session.saving.setState({ phase: "saved", version: 1, base: document }, true);
  return session;
};

const rename = (session: Session, name: string) => {
  edit(session, { label: "x", changes: [{ part: "name", value: name }] });
};
const setP = (document: PipelineDocument, p: number): PipelineDocument => ({
  ...document,
  nodes: { ...document.nodes, b: { module: "filter@1", parameters: { p } } },
});

describe("autosave", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("saves once, a moment after the last edit, and forgets what it kept", async () => {
    const { state, world } = server();
    const storage = memory();
    const session = begin();
    startAutosave(session, world(storage));

    rename(session, "A");
    await vi.advanceTimersByTimeAsync(200);
    rename(session, "AB");
    expect(session.saving.getState().phase).toBe("waiting");
    await vi.advanceTimersByTimeAsync(250);
    expect([state.saves, storage.size()]).toEqual([0, 1]);

    await vi.advanceTimersByTimeAsync(400);
    expect([state.saves, state.document.name, storage.size()]).toEqual([1, "AB", 0]);
    expect(session.saving.getState()).toMatchObject({ phase: "saved", version: 2 });
  });

  it("says why it could not save, keeps the edits here, and tries again", async () => {
    const { state, world } = server();
    const storage = memory();
    const session = begin();
    startAutosave(session, world(storage));
    state.fail.error = apiError("The server does not answer.", { status: 0 });

    rename(session, "A");
    await vi.advanceTimersByTimeAsync(500);
    expect(session.saving.getState()).toMatchObject({
      phase: "failed",
      reason: "The server does not answer.",
    });
    expect(storage.size()).toBe(1);

    state.fail.error = null;
    await vi.advanceTimersByTimeAsync(1100);
    expect([session.saving.getState().phase, state.document.name]).toEqual(["saved", "A"]);
  });

  it("brings edits back that a closed tab left behind", async () => {
    const { state, world } = server();
    const storage = memory();
    const first = begin();
    const autosave = startAutosave(first, world(storage));
    state.fail.error = apiError("Gone.", { status: 0 });
    rename(first, "Left behind");
    await vi.advanceTimersByTimeAsync(500);
    autosave.stop();
    state.fail.error = null;

    const second = begin();
    startAutosave(second, world(storage));
    expect(documentOf(second).name).toBe("Left behind");

    await vi.advanceTimersByTimeAsync(500);
    expect([state.document.name, storage.size()]).toEqual(["Left behind", 0]);
  });

  it("merges with what somebody else saved where nothing overlaps", async () => {
    const { state, world } = server();
    const session = begin();
    startAutosave(session, world(memory()));
    state.version = 2;
    state.document = setP(BASE, 5);

    rename(session, "Mine");
    await vi.advanceTimersByTimeAsync(1000);

    expect(session.saving.getState()).toMatchObject({ phase: "saved", version: 3 });
    expect([state.document.name, state.document.nodes["b"]?.parameters]).toEqual(["Mine", { p: 5 }]);
    expect(documentOf(session)).toEqual(state.document);
  });

  it("asks where both changed one thing; either answer keeps the other within reach of undo", async () => {
    const clash = async () => {
      const { state, world } = server();
      const session = begin();
      const autosave = startAutosave(session, world(memory()));
      state.version = 2;
      state.document = setP(BASE, 5);
      edit(session, {
        label: "x",
        changes: [{ part: "nodes", key: "b", value: { module: "filter@1", parameters: { p: 9 } } }],
      });
      await vi.advanceTimersByTimeAsync(500);
      expect(session.saving.getState()).toMatchObject({
        phase: "conflict",
        overlaps: ["nodes/b/parameters/p"],
      });
      return { state, session, autosave };
    };
    const p = (document: PipelineDocument) => document.nodes["b"]?.parameters?.["p"];

    const mine = await clash();
    await mine.autosave.keepMine();
    expect([p(mine.state.document), mine.session.saving.getState().phase]).toEqual([9, "saved"]);
    undoEdit(mine.session);
    expect(p(documentOf(mine.session))).toBe(5);

    const theirs = await clash();
    theirs.autosave.takeTheirs();
    expect([p(documentOf(theirs.session)), theirs.session.saving.getState()]).toMatchObject([
      5,
      { phase: "saved", version: 2 },
    ]);
    undoEdit(theirs.session);
    await vi.advanceTimersByTimeAsync(500);
    expect(p(theirs.state.document)).toBe(9);
  });

  it("takes in what somebody else saved while nothing waits here", async () => {
    const { state, world } = server();
    const session = begin();
    const autosave = startAutosave(session, world(memory()));
    state.version = 2;
    state.document = setP(BASE, 5);

    await autosave.notice(2);

    expect(documentOf(session).nodes["b"]?.parameters).toEqual({ p: 5 });
    expect([session.saving.getState().phase, state.saves]).toEqual(["saved", 0]);
  });

  it("saves an edit made while a save was under way", async () => {
    const { state, world } = server();
    const session = begin();
    const storage = memory();
    const slow = world(storage);
    startAutosave(session, {
      ...slow,
      save: async (version, document) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return slow.save(version, document);
      },
    });

    rename(session, "A");
    await vi.advanceTimersByTimeAsync(500);
    rename(session, "B");
    await vi.advanceTimersByTimeAsync(2000);

    expect([state.document.name, state.saves, session.saving.getState().phase]).toEqual(["B", 2, "saved"]);
  });
});
