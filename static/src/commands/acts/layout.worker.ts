import { tidy } from "@/graph/tidy";
import type { TidyEdge, TidyNode } from "@/graph/tidy";

interface Wish {
  readonly ticket: number;
  readonly nodes: readonly TidyNode[];
  readonly edges: readonly TidyEdge[];
}

self.addEventListener("message", ({ data }: MessageEvent<Wish>) => {
  self.postMessage({ ticket: data.ticket, places: [...tidy(data.nodes, data.edges)] });
});
