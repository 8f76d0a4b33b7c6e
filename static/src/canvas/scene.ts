import { specOf } from "@/graph/catalogue";
import type { Catalogue } from "@/graph/catalogue";
import type { PipelineDocument } from "@/graph/document";
import { placeOf } from "@/graph/document";
import { edgesOf } from "@/graph/edges";
import type { Edge } from "@/graph/edges";
import { CARD, offsetOf } from "@/graph/geometry";
import { portsOf } from "@/graph/ports";
import { signOf } from "@/ui";

/** A card as the drawing and the pointer see it. */
export interface SceneNode {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly tint: string;
  readonly disabled: boolean;
}

/** A wire as the drawing and the pointer see it. */
export interface SceneWire {
  readonly edge: Edge;
  readonly type: string;
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
}

/** A document in coordinates: what the layer draws and the pointer hits. */
export interface Scene {
  readonly document: PipelineDocument;
  readonly nodes: readonly SceneNode[];
  readonly byId: ReadonlyMap<string, SceneNode>;
  readonly wires: readonly SceneWire[];
}

const tintOf = (document: PipelineDocument, catalogue: Catalogue, id: string): string => {
  const entry = document.nodes[id];
  return signOf(entry?.dataset === undefined ? (specOf(catalogue, entry)?.category ?? "") : "dataset").tint;
};

export const makeScene = (document: PipelineDocument, catalogue: Catalogue): Scene => {
  const nodes = Object.entries(document.nodes).map(([id, entry]): SceneNode => {
    const [x, y] = placeOf(document, id);
    return { id, x, y, tint: tintOf(document, catalogue, id), disabled: entry.disabled !== undefined };
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const wires = edgesOf(document.nodes).flatMap((edge): SceneWire[] => {
    const source = byId.get(edge.source);
    const target = byId.get(edge.target);
    if (!source || !target) return [];
    const outputs = portsOf(document, catalogue, edge.source).outputs;
    const inputs = portsOf(document, catalogue, edge.target).inputs;
    return [
      {
        edge,
        type:
          edge.kind === "after"
            ? "after"
            : (outputs.find((port) => port.name === edge.output)?.type ?? "any"),
        fromX: source.x + offsetOf(outputs, edge.output),
        fromY: source.y + CARD.height,
        toX: target.x + offsetOf(inputs, edge.input),
        toY: target.y,
      },
    ];
  });
  return { document, nodes, byId, wires };
};
