/**
 * Tidy layout: layers from the top, crossings swept away, every card as near as it can be to what it is wired to.
 * Pure, so that a worker can run it.
 */

import { along } from "./curve";
import type { Spot } from "./curve";

export interface TidyNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface TidyEdge {
  readonly source: string;
  readonly target: string;
  /** Where the wire leaves and enters, from the left side of the card. */
  readonly from: number;
  readonly to: number;
}

export interface TidyOptions {
  readonly gapX: number;
  readonly gapY: number;
  readonly grid: number;
}

export const TIDY: TidyOptions = { gapX: 40, gapY: 80, grid: 8 };

/** A card, or a bend of a wire that passes through a layer. */
interface Item {
  readonly node: number; // -1 for a bend
  readonly width: number;
  readonly up: Link[];
  readonly down: Link[];
  layer: number;
  order: number;
  x: number; // left side
  /** A bend, which holds a wire straight. */
  readonly wire: boolean;
}

/** A wire from card to card, by their positions among the items. */
interface Wire {
  readonly source: number;
  readonly target: number;
  readonly from: number;
  readonly to: number;
}

/** The way to an item in the next layer: its own offset, the other's offset. */
interface Link {
  readonly other: number;
  readonly own: number;
  readonly far: number;
}

const BEND = 16;
/** Half of what a passing wire keeps free beside it. */
const LANE = 16;
/** A card, roughly: what must fit between two passing wires, and how high they pass it. */
const WIDE = 200;
const NARROW = 64;
const ROUNDS = 10;

/** Edges without those that would close a circle, found by a depth-first walk. */
const withoutCircles = (count: number, edges: readonly (readonly [number, number])[]): readonly number[] => {
  const out: number[][] = Array.from({ length: count }, () => []);
  edges.forEach(([source], index) => out[source]?.push(index));
  const state = new Uint8Array(count);
  const kept: number[] = [];
  for (let start = 0; start < count; start += 1) {
    if (state[start] !== 0) continue;
    const path: { readonly node: number; next: number }[] = [{ node: start, next: 0 }];
    state[start] = 1;
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const index = out[top.node]?.[top.next];
      if (index === undefined) {
        state[top.node] = 2;
        path.pop();
        continue;
      }
      top.next += 1;
      const target = edges[index]?.[1] ?? 0;
      if (state[target] === 1) continue;
      kept.push(index);
      if (state[target] === 0) {
        state[target] = 1;
        path.push({ node: target, next: 0 });
      }
    }
  }
  return kept;
};

/** The layer of each node: as far down as its longest path from a source, sources close above their first reader. */
const layersOf = (count: number, edges: readonly (readonly [number, number])[]): Int32Array => {
  const layer = new Int32Array(count);
  const waits = new Int32Array(count);
  const out: number[][] = Array.from({ length: count }, () => []);
  for (const [source, target] of edges) {
    out[source]?.push(target);
    waits[target] = (waits[target] ?? 0) + 1;
  }
  const fed = Uint8Array.from(waits, (wait) => (wait > 0 ? 1 : 0));
  const ready: number[] = [];
  waits.forEach((wait, node) => {
    if (wait === 0) ready.push(node);
  });
  // The list grows while it is walked.
  for (const node of ready) {
    for (const target of out[node] ?? []) {
      layer[target] = Math.max(layer[target] ?? 0, (layer[node] ?? 0) + 1);
      waits[target] = (waits[target] ?? 0) - 1;
      if (waits[target] === 0) ready.push(target);
    }
  }
  for (let node = 0; node < count; node += 1) {
    const readers = out[node] ?? [];
    if (fed[node] === 1 || readers.length === 0) continue;
    layer[node] = Math.min(...readers.map((reader) => layer[reader] ?? 0)) - 1;
  }
  return layer;
};

/** Where along its layer a port lies: the order of its card, and how far right on it. */
const spot = (item: Item | undefined, offset: number): number =>
  item ? item.order + offset / (item.width + 1) : 0;

/** Crossings between two neighbouring layers, counted by ports with a Fenwick tree. */
const crossings = (items: readonly Item[], upper: readonly number[]): number => {
  const lines: { readonly from: number; readonly to: number }[] = [];
  for (const index of upper) {
    const item = items[index];
    if (!item) continue;
    for (const link of item.down)
      lines.push({ from: spot(item, link.own), to: spot(items[link.other], link.far) });
  }
  lines.sort((one, other) => one.from - other.from || one.to - other.to);
  const ends = [...new Set(lines.map((line) => line.to))].sort((one, other) => one - other);
  const ranks = new Map(ends.map((end, rank) => [end, rank + 1]));
  const tree = new Int32Array(ends.length + 1);
  let seen = 0;
  let found = 0;
  for (let at = 0; at < lines.length;) {
    // Lines that leave one port cannot cross each other: count them before any of them is entered.
    let after = at;
    while (after < lines.length && lines[after]?.from === lines[at]?.from) after += 1;
    for (let one = at; one < after; one += 1) {
      let notBeyond = 0;
      for (let place = ranks.get(lines[one]?.to ?? 0) ?? 0; place > 0; place -= place & -place) {
        notBeyond += tree[place] ?? 0;
      }
      found += seen - notBeyond;
    }
    for (let one = at; one < after; one += 1) {
      for (let place = ranks.get(lines[one]?.to ?? 0) ?? 1; place <= ends.length; place += place & -place) {
        tree[place] = (tree[place] ?? 0) + 1;
      }
      seen += 1;
    }
    at = after;
  }
  return found;
};

const total = (items: readonly Item[], layers: readonly (readonly number[])[]): number => {
  let sum = 0;
  for (const layer of layers) sum += crossings(items, layer);
  return sum;
};

const number = (items: readonly Item[], layer: readonly number[]) => {
  layer.forEach((index, order) => {
    const item = items[index];
    if (item) item.order = order;
  });
};

/** Sorts one layer by the middle of what each item is wired to in the layer before (`up`) or after. */
const sweep = (items: readonly Item[], layer: number[], side: "up" | "down", median: boolean) => {
  const wish = new Map<number, number>();
  for (const index of layer) {
    const item = items[index];
    if (!item) continue;
    const links = item[side];
    if (links.length === 0) {
      wish.set(index, item.order);
      continue;
    }
    // A port further right counts a little further right, so that wires of one card do not cross each other.
    const places = links.map((link) => spot(items[link.other], link.far)).sort((one, other) => one - other);
    const middle = places.length >> 1;
    const value = median
      ? places.length % 2 === 1
        ? (places[middle] ?? 0)
        : ((places[middle - 1] ?? 0) + (places[middle] ?? 0)) / 2
      : places.reduce((sum, place) => sum + place, 0) / places.length;
    wish.set(index, value);
  }
  layer.sort((one, other) => (wish.get(one) ?? 0) - (wish.get(other) ?? 0));
  number(items, layer);
};

/** Swaps neighbours while that removes crossings. */
const transpose = (items: readonly Item[], layer: number[]) => {
  const gain = (left: number, right: number): number => {
    let crossed = 0;
    for (const side of ["up", "down"] as const) {
      for (const one of items[left]?.[side] ?? []) {
        for (const other of items[right]?.[side] ?? []) {
          const [a, b] = [spot(items[one.other], one.far), spot(items[other.other], other.far)];
          if (a > b) crossed += 1;
          else if (a < b) crossed -= 1;
        }
      }
    }
    return crossed;
  };
  for (let at = 0; at + 1 < layer.length; at += 1) {
    const [left, right] = [layer[at] ?? 0, layer[at + 1] ?? 0];
    if (gain(left, right) > 0) {
      layer[at] = right;
      layer[at + 1] = left;
      number(items, layer);
    }
  }
};

interface Wish {
  readonly x: number;
  readonly weight: number;
}

const median = (sorted: readonly number[]): number => {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

/** Where an item's wires would have it: under, over or between what they lead to. */
const pulled = (items: readonly Item[], item: Item, links: readonly Link[]): Wish => {
  if (links.length === 0) return { x: item.x, weight: 0.05 };
  const places = links.map((link) => (items[link.other]?.x ?? 0) + link.far - link.own).sort((a, b) => a - b);
  return { x: median(places), weight: item.wire ? 4 : 1 + links.length * 0.1 };
};

/**
 * Moves the items of a layer as near to their wishes as their order and gaps allow: the least squares solution, by
 * pooling neighbours that get in each other's way.
 */
const settle = (
  items: readonly Item[],
  layer: readonly number[],
  gap: number,
  wishOf: (item: Item, index: number) => Wish,
) => {
  interface Pool {
    sum: number;
    weight: number;
    readonly first: number;
    size: number;
  }
  const pools: Pool[] = [];
  const offsets: number[] = [];
  let offset = 0;
  layer.forEach((index, at) => {
    const item = items[index];
    if (!item) return;
    const { x: wish, weight } = wishOf(item, index);
    offsets.push(offset);
    pools.push({ sum: (wish - offset) * weight, weight, first: at, size: 1 });
    for (
      let last = pools.at(-1), before = pools.at(-2);
      last && before;
      last = pools.at(-1), before = pools.at(-2)
    ) {
      if (before.sum / before.weight <= last.sum / last.weight) break;
      before.sum += last.sum;
      before.weight += last.weight;
      before.size += last.size;
      pools.pop();
    }
    offset += item.width + (item.node < 0 ? gap / 2 : gap);
  });
  for (const pool of pools) {
    const base = pool.sum / pool.weight;
    for (let at = pool.first; at < pool.first + pool.size; at += 1) {
      const item = items[layer[at] ?? 0];
      if (item) item.x = base + (offsets[at] ?? 0);
    }
  }
};

/** Where a drawn wire is at a height, found by halving: it only ever goes down. */
const curveAt = (from: Spot, to: Spot, y: number): number => {
  let [low, high] = [0, 1];
  for (let step = 0; step < 8; step += 1) {
    const middle = (low + high) / 2;
    if (along(from, to, middle).y < y) low = middle;
    else high = middle;
  }
  return along(from, to, (low + high) / 2).x;
};

/** Lays one connected part out; answers left top corners by node, from (0, 0). */
const layOutPart = (
  nodes: readonly TidyNode[],
  edges: readonly TidyEdge[],
  options: TidyOptions,
): {
  readonly places: readonly (readonly [number, number])[];
  readonly width: number;
  readonly height: number;
} => {
  const index = new Map(nodes.map((node, at) => [node.id, at]));
  const pairs = edges.map((edge) => [index.get(edge.source) ?? 0, index.get(edge.target) ?? 0] as const);
  const kept = withoutCircles(nodes.length, pairs);
  const layer = layersOf(
    nodes.length,
    kept.flatMap((at) => {
      const pair = pairs[at];
      return pair ? [pair] : [];
    }),
  );
  const items: Item[] = nodes.map((node, at) => ({
    node: at,
    width: node.width,
    up: [],
    down: [],
    layer: layer[at] ?? 0,
    order: 0,
    x: 0,
    wire: false,
  }));
  const link = (upper: number, lower: number, from: number, to: number) => {
    items[upper]?.down.push({ other: lower, own: from, far: to });
    items[lower]?.up.push({ other: upper, own: to, far: from });
  };
  for (const at of kept) {
    const pair = pairs[at];
    const edge = edges[at];
    if (!pair || !edge) continue;
    const [source, target] = pair;
    let upper = source;
    let from = edge.from;
    for (let level = (layer[source] ?? 0) + 1; level < (layer[target] ?? 0); level += 1) {
      items.push({ node: -1, width: BEND, up: [], down: [], layer: level, order: 0, x: 0, wire: true });
      link(upper, items.length - 1, from, BEND / 2);
      upper = items.length - 1;
      from = BEND / 2;
    }
    link(upper, target, from, edge.to);
  }
  const lowest = items.reduce((least, item) => Math.min(least, item.layer), 0);
  const depth = items.reduce((most, item) => Math.max(most, item.layer), 0) - lowest + 1;
  const layers: number[][] = Array.from({ length: depth }, () => []);
  // The first order follows the wires from the top, depth first, so that what belongs together begins together.
  const visited = new Uint8Array(items.length);
  const walk: number[] = items.flatMap((item, at) => (item.up.length === 0 ? [at] : [])).reverse();
  for (let at = walk.pop(); at !== undefined; at = walk.pop()) {
    const item = items[at];
    if (!item || visited[at] === 1) continue;
    visited[at] = 1;
    layers[item.layer - lowest]?.push(at);
    for (let down = item.down.length - 1; down >= 0; down -= 1) walk.push(item.down[down]?.other ?? 0);
  }
  for (const one of layers) number(items, one);

  let best = layers.map((one) => [...one]);
  let least = total(items, layers);
  for (let round = 0; round < ROUNDS && least > 0; round += 1) {
    const median = round % 2 === 0;
    for (let at = 1; at < depth; at += 1) sweep(items, layers[at] ?? [], "up", median);
    for (let at = depth - 2; at >= 0; at -= 1) sweep(items, layers[at] ?? [], "down", median);
    if (round % 3 === 2) for (const one of layers) transpose(items, one);
    const now = total(items, layers);
    if (now < least) {
      least = now;
      best = layers.map((one) => [...one]);
    }
  }
  for (const one of best) number(items, one);

  for (const one of best) {
    let x = 0;
    for (const at of one) {
      const item = items[at];
      if (!item) continue;
      item.x = x;
      x += item.width + options.gapX;
    }
  }
  for (let round = 0; round < 6; round += 1) {
    for (let at = 1; at < depth; at += 1) {
      settle(items, best[at] ?? [], options.gapX, (item) => pulled(items, item, item.up));
    }
    for (let at = depth - 2; at >= 0; at -= 1) {
      settle(items, best[at] ?? [], options.gapX, (item) => pulled(items, item, item.down));
    }
  }
  const tops: number[] = [];
  let y = 0;
  for (const one of best) {
    tops.push(y);
    const tallest = one.reduce((most, at) => Math.max(most, nodes[items[at]?.node ?? -1]?.height ?? 0), 0);
    y += tallest + options.gapY;
  }
  // The bends have done their work, which is the order. At last only cards are placed, each nearest to what it is wired
  // to, beside the wires that pass its layer as they will be drawn.
  const height = (at: number) => nodes[items[at]?.node ?? -1]?.height ?? 0;
  const reach: Link[][] = items.map(() => []);
  const passing: Wire[][] = best.map(() => []);
  for (const at of kept) {
    const [source, target] = pairs[at] ?? [];
    const edge = edges[at];
    if (source === undefined || target === undefined || !edge) continue;
    reach[source]?.push({ other: target, own: edge.from, far: edge.to });
    reach[target]?.push({ other: source, own: edge.to, far: edge.from });
    for (let level = (layer[source] ?? 0) + 1; level < (layer[target] ?? 0); level += 1) {
      passing[level - lowest]?.push({ source, target, from: edge.from, to: edge.to });
    }
  }
  /** The stretches of a layer that wires pass through, in order; those too close for a card between them are one. */
  const taken = (at: number): readonly (readonly [number, number])[] => {
    const lanes = (passing[at] ?? []).flatMap((wire): number[] => {
      const [source, target] = [items[wire.source], items[wire.target]];
      if (!source || !target) return [];
      const from = { x: source.x + wire.from, y: (tops[source.layer - lowest] ?? 0) + height(wire.source) };
      const to = { x: target.x + wire.to, y: tops[target.layer - lowest] ?? 0 };
      const top = tops[at] ?? 0;
      return [curveAt(from, to, top), curveAt(from, to, top + NARROW)];
    });
    const stretches: [number, number][] = [];
    for (const lane of lanes.sort((one, other) => one - other)) {
      const last = stretches.at(-1);
      if (last && lane - last[1] < options.gapX * 2 + WIDE) last[1] = lane;
      else stretches.push([lane, lane]);
    }
    return stretches.map(([start, end]) => [start - LANE, end + LANE]);
  };
  const beside = (wish: Wish, width: number, stretches: readonly (readonly [number, number])[]): Wish => {
    const hit = stretches.find(([start, end]) => wish.x < end && wish.x + width > start);
    if (!hit) return wish;
    const [left, right] = [hit[0] - width, hit[1]];
    return { x: wish.x - left < right - wish.x ? left : right, weight: wish.weight + 2 };
  };
  const place = (at: number) => {
    const stretches = taken(at);
    const cards = (best[at] ?? []).filter((index) => (items[index]?.node ?? -1) >= 0);
    settle(items, cards, options.gapX, (item, index) =>
      beside(pulled(items, item, reach[index] ?? []), item.width, stretches),
    );
  };
  for (let round = 0; round < 4; round += 1) {
    for (let at = 0; at < depth; at += 1) place(at);
    for (let at = depth - 1; at >= 0; at -= 1) place(at);
  }

  const snap = (value: number) => Math.round(value / options.grid) * options.grid;
  const left = Math.min(...items.slice(0, nodes.length).map((item) => item.x));
  const places = nodes.map((_, at): readonly [number, number] => {
    const item = items[at];
    return item ? [snap(item.x - left), snap(tops[item.layer - lowest] ?? 0)] : [0, 0];
  });
  // Rounding to the grid may bring neighbours a step too close: push them apart again.
  for (const one of best) {
    let edge = -Infinity;
    for (const at of one) {
      const item = items[at];
      const place = item && item.node >= 0 ? places[item.node] : undefined;
      if (!item || !place) continue;
      const x = Math.max(place[0], edge);
      if (x !== place[0]) places[item.node] = [x, place[1]];
      edge = snap(x + item.width + options.gapX - options.grid);
    }
  }
  const width = Math.max(...places.map(([x], at) => x + (nodes[at]?.width ?? 0)));
  return { places, width, height: y - options.gapY };
};

/** The connected parts of a graph, in the order of its nodes. */
const partsOf = (nodes: readonly TidyNode[], edges: readonly TidyEdge[]): readonly (readonly number[])[] => {
  const index = new Map(nodes.map((node, at) => [node.id, at]));
  const parent = nodes.map((_, at) => at);
  const root = (at: number): number => {
    let top = at;
    while (parent[top] !== top) top = parent[top] ?? top;
    for (let one = at; one !== top;) {
      const next = parent[one] ?? top;
      parent[one] = top;
      one = next;
    }
    return top;
  };
  for (const edge of edges) {
    const [one, other] = [index.get(edge.source), index.get(edge.target)];
    if (one !== undefined && other !== undefined) parent[root(one)] = root(other);
  }
  const parts = new Map<number, number[]>();
  nodes.forEach((_, at) => {
    const top = root(at);
    const part = parts.get(top);
    if (part) part.push(at);
    else parts.set(top, [at]);
  });
  return [...parts.values()];
};

/** Left top corners by node id, from (0, 0). The same graph gives the same layout. */
export const tidy = (
  nodes: readonly TidyNode[],
  edges: readonly TidyEdge[],
  options: TidyOptions = TIDY,
): ReadonlyMap<string, readonly [number, number]> => {
  const result = new Map<string, readonly [number, number]>();
  if (nodes.length === 0) return result;
  const owner = new Map<string, number>();
  const parts = partsOf(nodes, edges);
  parts.forEach((part, at) => {
    for (const node of part) owner.set(nodes[node]?.id ?? "", at);
  });
  const edgesByPart: TidyEdge[][] = parts.map(() => []);
  for (const edge of edges) {
    const at = owner.get(edge.source);
    if (at !== undefined && at === owner.get(edge.target)) edgesByPart[at]?.push(edge);
  }
  const laid = parts.map((part, at) => {
    const own = part.flatMap((node) => nodes[node] ?? []);
    return { own, ...layOutPart(own, edgesByPart[at] ?? [], options) };
  });
  // The largest part comes first; small ones fill shelves beside it.
  laid.sort((one, other) => other.own.length - one.own.length);
  const area = laid.reduce((sum, part) => sum + (part.width + 80) * (part.height + 80), 0);
  const shelf = Math.max(laid[0]?.width ?? 0, Math.sqrt(area * 1.6));
  let [x, y, tallest] = [0, 0, 0];
  for (const part of laid) {
    if (x > 0 && x + part.width > shelf) {
      y += tallest + options.gapY;
      [x, tallest] = [0, 0];
    }
    part.own.forEach((node, at) => {
      const place = part.places[at];
      if (place) result.set(node.id, [place[0] + x, place[1] + y]);
    });
    x += part.width + options.gapX * 2;
    tallest = Math.max(tallest, part.height);
  }
  return result;
};
