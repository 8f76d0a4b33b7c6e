import { useEffect, useState } from "react";
import { formatAgo, formatDuration } from "./format";

/** The present, renewed every so many milliseconds; 0 stands still. */
const useNow = (every: number): Date => {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (every === 0) return;
    const timer = setInterval(() => {
      setNow(new Date());
    }, every);
    return () => {
      clearInterval(timer);
    };
  }, [every]);
  return now;
};

export interface RelativeTimeProps {
  /** Seconds since 1970, as the server counts, or an ISO time. */
  readonly time: number | string;
}

const dateOf = (time: number | string): Date => new Date(typeof time === "number" ? time * 1000 : time);

/** How long ago, with the exact time on hover. */
export const RelativeTime = ({ time }: RelativeTimeProps) => {
  const now = useNow(15_000);
  const then = dateOf(time);
  return (
    <time dateTime={then.toISOString()} title={then.toLocaleString()} className="numbers">
      {formatAgo(then, now)}
    </time>
  );
};

export interface DurationProps {
  /** Seconds it took, when it is over. */
  readonly seconds?: number | null | undefined;
  /** When it began, while it goes on. */
  readonly since?: number | string | null | undefined;
}

/** How long something took, or takes so far. */
export const Duration = ({ seconds, since }: DurationProps) => {
  const live = seconds == null && since != null;
  const now = useNow(live ? 200 : 0);
  if (seconds != null) return <span className="numbers">{formatDuration(seconds)}</span>;
  if (since == null) return null;
  const elapsed = Math.max(0, (now.getTime() - dateOf(since).getTime()) / 1000);
  return <span className="numbers">{formatDuration(Math.max(0.1, elapsed))}</span>;
};
