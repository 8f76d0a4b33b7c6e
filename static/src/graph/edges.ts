import type { NodeEntry, PipelineDocument } from "./document";

/** A wire: an output of `source` feeds an input of `target`. `kind` "after" is order without data. */
export interface Edge {
  readonly id: string;
  readonly kind: "data" | "after";
  readonly source: string;
  readonly output: string;
  readonly target: string;
  readonly input: string;
}

/** One end of a wire. */
export interface PortRef {
  readonly node: string;
  readonly port: string;
  readonly side: "input" | "output";
}

export const wireId = (target: string, input: string): string => `${target}.${input}`;

/** The `node.output` of a wire, taken apart; null where it names none. */
export const readSource = (text: string): { readonly node: string; readonly output: string } | null => {
  const dot = text.indexOf(".");
  return dot <= 0 || dot === text.length - 1
    ? null
    : { node: text.slice(0, dot), output: text.slice(dot + 1) };
};

const wiresInto = (target: string, entry: NodeEntry): readonly Edge[] => [
  ...Object.entries(entry.inputs ?? {}).flatMap(([input, text]): Edge[] => {
    const source = readSource(text);
    if (!source) return [];
    return [
      { id: wireId(target, input), kind: "data", source: source.node, output: source.output, target, input },
    ];
  }),
  ...(entry.after ?? []).map((source): Edge => ({
    id: `${source}>${target}`,
    kind: "after",
    source,
    output: "",
    target,
    input: "",
  })),
];

const entryEdges = new WeakMap<NodeEntry, { readonly target: string; readonly edges: readonly Edge[] }>();

/** The wires into one node. The same entry gives the same objects, so that what did not change draws nothing. */
export const edgesInto = (target: string, entry: NodeEntry): readonly Edge[] => {
  const known = entryEdges.get(entry);
  if (known?.target === target) return known.edges;
  const edges = wiresInto(target, entry);
  entryEdges.set(entry, { target, edges });
  return edges;
};

type Nodes = PipelineDocument["nodes"];

const allEdges = new WeakMap<Nodes, readonly Edge[]>();

/** All wires of a document, in its order; only those whose two ends exist. */
export const edgesOf = (nodes: Nodes): readonly Edge[] => {
  const known = allEdges.get(nodes);
  if (known) return known;
  const edges = Object.entries(nodes).flatMap(([id, entry]) =>
    edgesInto(id, entry).filter((edge) => Object.hasOwn(nodes, edge.source)),
  );
  allEdges.set(nodes, edges);
  return edges;
};

/** For each node, those it feeds and those it waits for. */
export interface Neighbours {
  readonly after: ReadonlyMap<string, readonly string[]>;
  readonly before: ReadonlyMap<string, readonly string[]>;
}

const allNeighbours = new WeakMap<Nodes, Neighbours>();

export const neighboursOf = (nodes: Nodes): Neighbours => {
  const known = allNeighbours.get(nodes);
  if (known) return known;
  const after = new Map<string, string[]>();
  const before = new Map<string, string[]>();
  for (const { source, target } of edgesOf(nodes)) {
    const down = after.get(source);
    if (down) down.push(target);
    else after.set(source, [target]);
    const up = before.get(target);
    if (up) up.push(source);
    else before.set(target, [source]);
  }
  const neighbours = { after, before };
  allNeighbours.set(nodes, neighbours);
  return neighbours;
};

const reach = (
  starts: Iterable<string>,
  next: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> => {
  const found = new Set<string>();
  const waiting = [...starts];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const other of next.get(id) ?? []) {
      if (found.has(other)) continue;
      found.add(other);
      waiting.push(other);
    }
  }
  return found;
};

/** Everything these nodes depend on, themselves only if they lie in a circle. */
export const upstream = (nodes: Nodes, starts: Iterable<string>): ReadonlySet<string> =>
  reach(starts, neighboursOf(nodes).before);

/** Everything that depends on these nodes. */
export const downstream = (nodes: Nodes, starts: Iterable<string>): ReadonlySet<string> =>
  reach(starts, neighboursOf(nodes).after);

/** Whether a wire from `source` to `target` would close a circle. */
export const wouldCloseCycle = (nodes: Nodes, source: string, target: string): boolean =>
  source === target || downstream(nodes, [target]).has(source);
