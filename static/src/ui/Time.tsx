import { useCallback, useState, useSyncExternalStore } from "react";
import { formatAgo, formatDuration } from "./format";

interface Ticker {
  now: number;
  readonly listeners: Set<() => void>;
  timer: ReturnType<typeof setInterval> | undefined;
}

const tickers = new Map<number, Ticker>();

/** One clock for all who look at it, however many: it ticks every so many milliseconds while anybody does. */
const tickerOf = (every: number): Ticker => {
  const known = tickers.get(every);
  if (known) return known;
  const made: Ticker = { now: Date.now(), listeners: new Set(), timer: undefined };
  tickers.set(every, made);
  return made;
};

const listen = (every: number, listener: () => void): (() => void) => {
  if (every === 0) return () => undefined;
  const ticker = tickerOf(every);
  ticker.listeners.add(listener);
  ticker.now = Date.now();
  ticker.timer ??= setInterval(() => {
    ticker.now = Date.now();
    for (const one of ticker.listeners) one();
  }, every);
  return () => {
    ticker.listeners.delete(listener);
    if (ticker.listeners.size > 0) return;
    clearInterval(ticker.timer);
    ticker.timer = undefined;
  };
};

/** The present, in milliseconds, renewed every so many milliseconds; 0 stands still. */
const useNow = (every: number): number =>
  useSyncExternalStore(
    useCallback((listener: () => void) => listen(every, listener), [every]),
    () => tickerOf(every).now,
  );

const dateOf = (time: number | string): Date => new Date(typeof time === "number" ? time * 1000 : time);

export interface RelativeTimeProps {
  /** Seconds since 1970, as the server counts, or an ISO time. */
  readonly time: number | string;
}

/** How long ago, with the exact time on hover. */
export const RelativeTime = ({ time }: RelativeTimeProps) => {
  const now = useNow(15_000);
  const [mounted] = useState(() => Date.now());
  const then = dateOf(time);
  return (
    <time dateTime={then.toISOString()} title={then.toLocaleString()} className="numbers">
      {formatAgo(then, new Date(Math.max(now, mounted)))}
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
  const [mounted] = useState(() => Date.now());
  const begun = since == null ? 0 : dateOf(since).getTime();
  // Tenths of a second matter only at first.
  const now = Math.max(useNow(!live ? 0 : mounted - begun < 10_000 ? 200 : 1000), mounted);
  if (seconds != null) return <span className="numbers">{formatDuration(seconds)}</span>;
  if (!live) return null;
  return <span className="numbers">{formatDuration(Math.max(0.1, (now - begun) / 1000))}</span>;
};
