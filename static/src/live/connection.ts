/**
 * The one live connection of a tab: rooms are joined while somebody listens, joined again after a break, and whoever
 * listens is told to look for what was missed. Events are hints; the truth is fetched.
 */
import type { LiveEvent } from "@/api/types";

/** `lost`: it broke and is being tried again. `refused`: the server answers but takes no live connection now. */
export type Phase = "idle" | "connecting" | "open" | "lost" | "refused";

export interface Listener {
  readonly event: (event: LiveEvent) => void;
  /** Something may have been missed. `seq` is the newest of the room, where the server says it. */
  readonly resync: (seq: number | null) => void;
}

/** What is needed of a socket: socket.io's has more. */
export interface Socket {
  readonly connected: boolean;
  readonly on: (name: string, listener: (argument: unknown) => void) => unknown;
  readonly emit: (name: string, argument: unknown, ack?: (answer: unknown) => void) => unknown;
  readonly connect: () => unknown;
  readonly disconnect: () => unknown;
}

export interface Live {
  readonly join: (room: string, listener: Listener) => () => void;
  readonly phase: () => Phase;
  readonly subscribe: (listener: () => void) => () => void;
  /** Try now rather than after the pause. */
  readonly hurry: () => void;
}

const POLL = 5000;
const LINGER = 1500;

const seqOf = (answer: unknown): number | null =>
  typeof answer === "object" && answer !== null && "seq" in answer && typeof answer.seq === "number"
    ? answer.seq
    : null;

/**
 * Whether the server itself said no, rather than the network: then socket.io gives the error a message of the server's
 * own, or the HTTP status as its description.
 */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error &&
  (("description" in error && typeof error.description === "number" && error.description >= 400) ||
    !/^(xhr|websocket|transport|timeout|server error|poll)/i.test(error.message));

/** `read` turns what came over the wire into an event, null where it is none; `room` tells whose it is. */
export function createLive(
  open: () => Socket,
  read: (message: unknown) => { readonly rooms: readonly string[]; readonly event: LiveEvent } | null,
): Live {
  const rooms = new Map<string, Set<Listener>>();
  const watchers = new Set<() => void>();
  let socket: Socket | null = null;
  let phase: Phase = "idle";
  let polling: ReturnType<typeof setInterval> | null = null;

  const poll = (): void => {
    for (const listeners of rooms.values()) for (const listener of listeners) listener.resync(null);
  };

  const become = (next: Phase): void => {
    if (next === phase) return;
    phase = next;
    if (next === "lost" || next === "refused") polling ??= setInterval(poll, POLL);
    else if (polling !== null) {
      clearInterval(polling);
      polling = null;
    }
    for (const watcher of watchers) watcher();
  };

  const enter = (room: string): void => {
    socket?.emit("join", { room }, (answer) => {
      for (const listener of rooms.get(room) ?? []) listener.resync(seqOf(answer));
    });
  };

  const begin = (): Socket => {
    const opened = open();
    opened.on("connect", () => {
      become("open");
      for (const room of rooms.keys()) enter(room);
    });
    opened.on("disconnect", (reason) => {
      if (reason === "io client disconnect") become("idle");
      else {
        become("lost");
        // The server closed it on purpose: socket.io does not come back by itself then.
        if (reason === "io server disconnect") setTimeout(() => opened.connect(), 500);
      }
    });
    opened.on("connect_error", (error) => {
      const refused = isRefusal(error);
      become(refused ? "refused" : "lost");
      // After a refusal socket.io gives up; ask again, unhurried.
      if (refused) setTimeout(() => opened.connect(), POLL);
    });
    opened.on("event", (message) => {
      const told = read(message);
      if (told === null) return;
      for (const room of told.rooms) for (const listener of rooms.get(room) ?? []) listener.event(told.event);
    });
    become("connecting");
    return opened;
  };

  return {
    join(room, listener) {
      const present = rooms.get(room);
      const listeners = present ?? new Set<Listener>();
      listeners.add(listener);
      rooms.set(room, listeners);
      if (socket === null) {
        socket = begin();
        if (!socket.connected) socket.connect();
      } else if (socket.connected && present === undefined) enter(room);
      return () => {
        listeners.delete(listener);
        // A page that is left and a page that is opened often want the same room: leave late.
        setTimeout(() => {
          if (listeners.size > 0 || rooms.get(room) !== listeners) return;
          rooms.delete(room);
          if (socket?.connected === true) socket.emit("leave", { room });
        }, LINGER);
      };
    },
    phase: () => phase,
    subscribe(watcher) {
      watchers.add(watcher);
      return () => {
        watchers.delete(watcher);
      };
    },
    hurry() {
      if (socket !== null && !socket.connected && phase !== "idle") socket.connect();
    },
  };
}
