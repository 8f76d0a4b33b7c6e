import type { Catalogue } from "@/graph/catalogue";
import type { PortRef } from "@/graph/edges";
import { CARD, distanceToWire, overlaps, portOffset } from "@/graph/geometry";
import type { Rect, Spot } from "@/graph/geometry";
import { portsOf } from "@/graph/ports";
import type { Scene, SceneWire } from "./scene";

/** What lies under the pointer, by geometry: the same far and near, whether a card is mounted or not. */

export const nodeAt = (scene: Scene, spot: Spot, first: ReadonlySet<string>): string | null => {
  let found: string | null = null;
  for (const { id, x, y } of scene.nodes) {
    if (spot.x < x || spot.x > x + CARD.width || spot.y < y || spot.y > y + CARD.height) continue;
    if (first.has(id)) return id;
    found = id;
  }
  return found;
};

export const nodesIn = (scene: Scene, box: Rect): readonly string[] =>
  scene.nodes.flatMap(({ id, x, y }) => (overlaps(box, { x, y, ...CARD }) ? [id] : []));

export const noteAt = (scene: Scene, spot: Spot): string | null =>
  scene.document.notes.findLast(
    ({ x, y, width, height }) => spot.x >= x && spot.x <= x + width && spot.y >= y && spot.y <= y + height,
  )?.id ?? null;

/** The port nearest to a spot, within `reach`. */
export const portAt = (scene: Scene, catalogue: Catalogue, spot: Spot, reach: number): PortRef | null => {
  let best: PortRef | null = null;
  let nearest = reach;
  for (const { id, x, y } of scene.nodes) {
    if (spot.x < x - reach || spot.x > x + CARD.width + reach) continue;
    if (spot.y < y - reach || spot.y > y + CARD.height + reach) continue;
    const ports = portsOf(scene.document, catalogue, id);
    for (const side of ["input", "output"] as const) {
      const list = side === "input" ? ports.inputs : ports.outputs;
      list.forEach((port, index) => {
        const distance = Math.hypot(
          x + portOffset(index, list.length) - spot.x,
          y + (side === "input" ? 0 : CARD.height) - spot.y,
        );
        if (distance >= nearest) return;
        nearest = distance;
        best = { node: id, port: port.name, side };
      });
    }
  }
  return best;
};

export interface WireHit {
  readonly wire: SceneWire;
  /** Where along the wire, from 0 to 1. */
  readonly t: number;
}

export const wireAt = (scene: Scene, spot: Spot, reach: number): WireHit | null => {
  let best: WireHit | null = null;
  let nearest = reach;
  for (const wire of scene.wires) {
    const from = { x: wire.fromX, y: wire.fromY };
    const to = { x: wire.toX, y: wire.toY };
    const { distance, t } = distanceToWire(from, to, spot, nearest);
    if (distance >= nearest) continue;
    nearest = distance;
    best = { wire, t };
  }
  return best;
};
