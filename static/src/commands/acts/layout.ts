import { tidy } from "@/graph/tidy";
import type { TidyEdge, TidyNode } from "@/graph/tidy";
import type { Place } from "@/graph/document";

interface Answer {
  readonly ticket: number;
  readonly places: readonly (readonly [string, Place])[];
}

let worker: Worker | null = null;
let tickets = 0;

/** Small graphs are laid out before a worker would have started. */
const SMALL = 80;

/** Lays a graph out in a worker; here where there are no workers. */
export const layOut = (
  nodes: readonly TidyNode[],
  edges: readonly TidyEdge[],
): Promise<ReadonlyMap<string, Place>> => {
  if (nodes.length <= SMALL || typeof Worker === "undefined") return Promise.resolve(tidy(nodes, edges));
  worker ??= new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
  const running = worker;
  tickets += 1;
  const ticket = tickets;
  return new Promise((resolve) => {
    const finish = (places: ReadonlyMap<string, Place>) => {
      running.removeEventListener("message", listen);
      running.removeEventListener("error", fail);
      resolve(places);
    };
    const listen = ({ data }: MessageEvent<Answer>) => {
      if (data.ticket === ticket) finish(new Map(data.places));
    };
    const fail = () => {
      worker = null;
      finish(tidy(nodes, edges));
    };
    running.addEventListener("message", listen);
    running.addEventListener("error", fail);
    running.postMessage({ ticket, nodes, edges });
  });
};
