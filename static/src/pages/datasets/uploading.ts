/** The uploads of this tab: they go on while other pages are open. Two at a time; the others wait their turn. */
import { createStore } from "zustand/vanilla";
import { isApiError, messageOf } from "@/api/errors";
import type { Dataset } from "@/api/types";
import { uploadDataset } from "@/api/uploads";

export interface Upload {
  readonly id: number;
  readonly file: File;
  /** The dataset that gets a new version. */
  readonly dataset: string | null;
  readonly state: "waiting" | "sending" | "failed";
  readonly sent: number;
  /** Bytes a second, over the last moments. */
  readonly speed: number | null;
  readonly error: string;
  readonly cure: string;
}

const AT_ONCE = 2;

export const uploads = createStore<{ readonly items: readonly Upload[] }>(() => ({ items: [] }));

const stops = new Map<number, AbortController>();
const told = new Map<number, (dataset: Dataset) => void>();
let next = 1;

const change = (id: number, patch: Partial<Upload>): void => {
  uploads.setState(({ items }) => ({
    items: items.map((one) => (one.id === id ? { ...one, ...patch } : one)),
  }));
};

/** Takes an upload away: stops it where it goes on. */
export const forget = (id: number): void => {
  stops.get(id)?.abort();
  stops.delete(id);
  told.delete(id);
  uploads.setState(({ items }) => ({ items: items.filter((one) => one.id !== id) }));
  pump();
};

/** Files to upload; `onDone` is told of each that became a dataset. */
export function upload(
  files: readonly File[],
  onDone: (dataset: Dataset) => void,
  options: { readonly dataset?: string; readonly limit?: number; readonly tooLarge: string },
): void {
  const added = files.map((file): Upload => {
    const id = next++;
    const large = options.limit !== undefined && file.size > options.limit;
    told.set(id, onDone);
    return {
      id,
      file,
      dataset: options.dataset ?? null,
      state: large ? "failed" : "waiting",
      sent: 0,
      speed: null,
      error: large ? options.tooLarge : "",
      cure: "",
    };
  });
  uploads.setState(({ items }) => ({ items: [...items, ...added] }));
  pump();
}

export const retry = (id: number): void => {
  change(id, { state: "waiting", sent: 0, speed: null, error: "", cure: "" });
  pump();
};

function pump(): void {
  const { items } = uploads.getState();
  const free = AT_ONCE - items.filter((one) => one.state === "sending").length;
  for (const one of items.filter((item) => item.state === "waiting").slice(0, Math.max(0, free)))
    void send(one);
}

async function send(one: Upload): Promise<void> {
  const stop = new AbortController();
  stops.set(one.id, stop);
  change(one.id, { state: "sending" });
  let marks: readonly (readonly [number, number])[] = [[performance.now(), 0]];
  try {
    const dataset = await uploadDataset(one.file, {
      ...(one.dataset === null ? {} : { dataset: one.dataset }),
      signal: stop.signal,
      onProgress: (_share, sent) => {
        const now = performance.now();
        marks = [...marks.filter(([at]) => now - at < 3000), [now, sent]];
        const [first] = marks;
        const seconds = first === undefined ? 0 : (now - first[0]) / 1000;
        change(one.id, {
          sent: Math.min(sent, one.file.size),
          speed: first === undefined || seconds < 0.2 ? null : (sent - first[1]) / seconds,
        });
      },
    });
    const done = told.get(one.id);
    forget(one.id);
    done?.(dataset);
  } catch (error) {
    if (!stop.signal.aborted) {
      change(one.id, {
        state: "failed",
        error: messageOf(error),
        cure: isApiError(error) ? error.cure : "",
      });
    }
  } finally {
    stops.delete(one.id);
    pump();
  }
}
