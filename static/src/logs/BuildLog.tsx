import { useEffect, useState, useSyncExternalStore } from "react";
import { messageOf } from "@/api/errors";
import { fetchBuildLog } from "@/api/queries.environments";
import { environments as words } from "@/text/environments";
import { ErrorState, Spinner } from "@/ui";
import { createLogBuffer } from "./buffer";
import { LogView } from "./LogView";
import styles from "./logs.module.css";

const LOOK_MS = 1500;

export interface BuildLogProps {
  readonly environment: string;
  /** Bytes there are, as far as told. */
  readonly size: number;
  /** It is being built now. */
  readonly live: boolean;
}

/** What the build of an environment prints. Give it a key per build: a buffer belongs to one log. */
export const BuildLog = ({ environment, size, live }: BuildLogProps) => {
  const [buffer] = useState(() =>
    createLogBuffer({
      window: (offset, limit) => fetchBuildLog(environment, offset, limit),
      // A build says little: it is read whole.
      index: () => Promise.reject(new Error(words.logFailed)),
    }),
  );
  useSyncExternalStore(buffer.subscribe, buffer.version);
  useEffect(() => {
    void buffer.grow();
  }, [buffer, size, live]);
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => {
      void buffer.grow();
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
    };
  }, [buffer, live]);
  const error = buffer.error();
  if (!buffer.ready())
    return error === null ? (
      <Spinner label={words.log} />
    ) : (
      <ErrorState message={words.logFailed} cause={messageOf(error)} />
    );
  if (buffer.lines() === 0) return <p className={styles.empty}>{words.noLog}</p>;
  return <LogView buffer={buffer} label={words.log} wrap needle="" target={null} follow={live} />;
};
