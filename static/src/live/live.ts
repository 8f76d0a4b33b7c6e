/** The tab's live connection, and what its events mean. */
import { io } from "socket.io-client";
import type { LiveEvent } from "@/api/types";
import { createLive } from "./connection";

const KINDS: ReadonlySet<unknown> = new Set([
  "step",
  "run",
  "log",
  "listed",
  "dataset",
  "environment",
  "target",
  "pipeline",
  "module",
  "preview",
]);

const isLiveEvent = (value: unknown): value is LiveEvent =>
  typeof value === "object" && value !== null && "kind" in value && KINDS.has(value.kind);

/** Whose event it is. */
export function roomOf(event: LiveEvent): string {
  switch (event.kind) {
    case "step":
    case "run":
    case "log":
      return `run:${event.run}`;
    case "listed":
      return "runs";
    case "dataset":
      return "datasets";
    case "environment":
      return "environments";
    case "target":
      return "targets";
    case "pipeline":
      return `pipeline:${event.id}`;
    case "module":
      return "modules";
    case "preview":
      return `artifact:${event.digest}`;
  }
}

export const live = createLive(
  () =>
    io({
      path: "/socket.io",
      // Straight to the websocket; a proxy that lets none through gets long polling.
      transports: ["websocket", "polling"],
      autoConnect: false,
      reconnectionDelay: 250,
      reconnectionDelayMax: 900,
      randomizationFactor: 0.4,
      timeout: 6000,
    }),
  (message) => (isLiveEvent(message) ? { rooms: [roomOf(message)], event: message } : null),
);

if (typeof window !== "undefined") {
  window.addEventListener("online", live.hurry);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") live.hurry();
  });
}
