const THIN = "\u2009";

const trim = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** A whole number with thin separators: 12 345. */
export const formatCount = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, THIN);

/** A measured number in at most five significant digits: 0.8123, 12 345, 1.2e-7. */
export const formatNumber = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4)
    return trim(value.toExponential(3).replace("e+", "e")).replace(/\.?0+e/, "e");
  if (size >= 10_000 || Number.isInteger(value)) return formatCount(value);
  return trim(value.toPrecision(4));
};

/** Seconds for people: 0.08 s, 1.2 s, 48 s, 3 m 05 s, 2 h 07 m, 3 d 4 h. */
export const formatDuration = (seconds: number): string => {
  if (seconds < 0.095) return `${String(Math.max(0, Math.round(seconds * 1000)))}${THIN}ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)}${THIN}s`;
  const whole = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${String(whole)}${THIN}s`;
  if (whole < 3600) return `${String(Math.floor(whole / 60))}${THIN}m ${pad(whole % 60)}${THIN}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${String(Math.floor(minutes / 60))}${THIN}h ${pad(minutes % 60)}${THIN}m`;
  const hours = Math.round(seconds / 3600);
  return `${String(Math.floor(hours / 24))}${THIN}d ${String(hours % 24)}${THIN}h`;
};

/** Bytes for people: 812 B, 4.1 kB, 12.6 MB. */
export const formatBytes = (bytes: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value).toString() : trim(value.toFixed(1))}${THIN}${units[step] ?? "B"}`;
};

/** Rows by columns: 12 345 × 8. */
export const formatShape = (rows: number, columns: number): string =>
  `${formatCount(rows)}${THIN}×${THIN}${formatCount(columns)}`;

/** How long ago: just now, 5 min ago, 3 h ago, yesterday, 12 Mar. */
export const formatAgo = (then: Date, now: Date): string => {
  const seconds = (now.getTime() - then.getTime()) / 1000;
  if (seconds < -60) return then.toLocaleString();
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${String(Math.floor(seconds))} s ago`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${String(Math.floor(seconds / 3600))} h ago`;
  const days = Math.floor(seconds / 86_400);
  if (days === 1) return "yesterday";
  if (days < 7) return `${String(days)} days ago`;
  const year = then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return then.toLocaleDateString(undefined, { day: "numeric", month: "short", ...year });
};
