import { useEffect, useState, useSyncExternalStore } from "react";
import { fetchLog, fetchLogIndex } from "@/api/queries.logs";
import type { Stream } from "@/api/queries.logs";
import { useLogSize } from "@/live/hooks";
import { createLogBuffer } from "./buffer";
import type { LogBuffer } from "./buffer";

const LOOK = 4000;

/**
 * The log of a step: it reads on when the live connection tells of more bytes, and looks by itself now and then while
 * the step is `open`. Give the component a key per step and attempt: a buffer belongs to one log.
 */
export function useLog(run: string, node: string, stream: Stream, open: boolean): LogBuffer {
  const [buffer] = useState(() =>
    createLogBuffer({
      window: (offset, limit) => fetchLog(run, node, stream, offset, limit),
      index: () => fetchLogIndex(run, node, stream),
    }),
  );
  const told = useLogSize(run, node, stream);
  useSyncExternalStore(buffer.subscribe, buffer.version);

  useEffect(() => {
    void buffer.grow();
  }, [buffer, told, open]);

  useEffect(() => {
    if (!open) return;
    const timer = setInterval(() => {
      void buffer.grow();
    }, LOOK);
    return () => {
      clearInterval(timer);
    };
  }, [buffer, open]);

  return buffer;
}
