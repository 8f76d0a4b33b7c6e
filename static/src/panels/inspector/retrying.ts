/** The exit codes among some words, each once; what is none is left out. */
export const readCodes = (words: readonly string[]): readonly number[] => {
  const codes = words.map((word) => (/^\d{1,3}$/.test(word.trim()) ? Number(word) : 0));
  return [...new Set(codes.filter((code) => code >= 1 && code <= 255))];
};

/** The most waits that are spelled out. */
const SHOWN = 4;

/** The seconds before each retry, the first few of them. */
export const waits = (retries: number, delay: number, backoff: number): readonly number[] =>
  delay <= 0
    ? []
    : Array.from({ length: Math.min(SHOWN, Math.max(0, retries)) }, (_, at) => delay * backoff ** at);
