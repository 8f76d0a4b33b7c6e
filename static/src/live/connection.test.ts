import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveEvent } from "@/api/types";
import { createLive, isRefusal } from "./connection";
import type { Socket } from "./connection";

const preview = (digest: string): LiveEvent => ({ kind: "preview", digest });

/** A server in a box: it can answer, fall silent, and refuse. */
function box() {
  const handlers = new Map<string, (argument: unknown) => void>();
  const sent: { name: string; argument: unknown }[] = [];
  let connected = false;
  const tell = (name: string, argument?: unknown): void => handlers.get(name)?.(argument);
  const socket: Socket = {
    get connected() {
      return connected;
    },
    on: (name, listener) => handlers.set(name, listener),
    emit: (name, argument, ack) => {
      sent.push({ name, argument });
      ack?.({ seq: 7 });
    },
    connect: () => null,
    disconnect: () => null,
  };
  return {
    socket,
    sent,
    open: () => {
      connected = true;
      tell("connect");
    },
    lose: () => {
      connected = false;
      tell("disconnect", "transport close");
    },
    refuse: () => {
      tell("connect_error", Object.assign(new Error("busy"), { data: {} }));
    },
    say: (event: LiveEvent) => {
      tell("event", event);
    },
  };
}

const connect = () => {
  const server = box();
  const live = createLive(
    () => server.socket,
    (message) =>
      typeof message === "object" &&
      message !== null &&
      "digest" in message &&
      typeof message.digest === "string"
        ? { rooms: [message.digest], event: preview(message.digest) }
        : null,
  );
  return { server, live };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the live connection", () => {
  it("joins a room once for all who listen, and leaves after the last", () => {
    const { server, live } = connect();
    const [first, second] = [vi.fn(), vi.fn()];
    const leaveFirst = live.join("a", { event: first, resync: vi.fn() });
    server.open();
    const leaveSecond = live.join("a", { event: second, resync: vi.fn() });
    server.say(preview("a"));
    leaveFirst();
    server.say(preview("a"));
    leaveSecond();
    vi.advanceTimersByTime(5000);

    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 2]);
    expect(server.sent).toEqual([
      { name: "join", argument: { room: "a" } },
      { name: "leave", argument: { room: "a" } },
    ]);
  });

  it("joins again after a break and tells where the room is", () => {
    const { server, live } = connect();
    const resync = vi.fn();
    live.join("a", { event: vi.fn(), resync });
    server.open();
    server.lose();
    server.open();

    expect(resync.mock.calls).toEqual([[7], [7]]);
    expect(live.phase()).toBe("open");
  });

  it("asks every five seconds while there is no connection", () => {
    const { server, live } = connect();
    const resync = vi.fn();
    live.join("a", { event: vi.fn(), resync });
    server.refuse();
    vi.advanceTimersByTime(11_000);
    expect([live.phase(), resync.mock.calls]).toEqual(["refused", [[null], [null]]]);

    server.open();
    vi.advanceTimersByTime(11_000);

    expect([live.phase(), resync.mock.calls.length]).toEqual(["open", 3]);
  });

  it("tells a refusal from a broken line", () => {
    expect(isRefusal(Object.assign(new Error("xhr poll error"), { description: 503 }))).toBe(true);
    expect(isRefusal(new Error("Too many live connections"))).toBe(true);
    expect(isRefusal(Object.assign(new Error("websocket error"), { description: {} }))).toBe(false);
    expect(isRefusal(new Error("timeout"))).toBe(false);
  });
});
