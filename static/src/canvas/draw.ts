import { CARD, bend } from "@/graph/geometry";
import type { Spot } from "@/graph/geometry";
import type { PlannedStep, Verdict } from "@/graph/reuse";
import type { StepView } from "@/graph/step";
import { isLive } from "@/graph/step";
import { isFar, seen } from "./camera";
import type { Camera } from "./camera";
import type { Colours } from "./colours";
import type { Scene, SceneNode, SceneWire } from "./scene";

/** Everything a frame of the layer depends on. */
export interface Frame {
  readonly camera: Camera;
  readonly scene: Scene;
  readonly colours: Colours;
  readonly selectedNodes: ReadonlySet<string>;
  readonly selectedWires: ReadonlySet<string>;
  readonly hoveredNode: string | null;
  readonly hoveredWire: string | null;
  readonly splitting: string | null;
  /** The wire whose end is in the hand: drawn by the hand. */
  readonly lifted: string | null;
  /** How far the selected nodes are held from their places. */
  readonly held: Spot | null;
  readonly path: ReadonlySet<string> | null;
  readonly glide: ReadonlyMap<string, Spot> | null;
  readonly statuses: ReadonlyMap<string, StepView>;
  /** What a run would do; empty while that is not shown. */
  readonly planned: ReadonlyMap<string, PlannedStep>;
  readonly worst: (node: string) => "error" | "warning" | null;
  /** Of the dashes on wires that carry data now, in pixels. */
  readonly phase: number;
}

type Context = CanvasRenderingContext2D;

interface Ends {
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
}

/** Where the ends of a wire are now, as held and glided. */
const endsOf = (frame: Frame, wire: SceneWire): Ends => {
  const { held, glide, selectedNodes } = frame;
  const { source, target } = wire.edge;
  if (glide) {
    const from = glide.get(source);
    const to = glide.get(target);
    return {
      fromX: wire.fromX + (from?.x ?? 0),
      fromY: wire.fromY + (from?.y ?? 0),
      toX: wire.toX + (to?.x ?? 0),
      toY: wire.toY + (to?.y ?? 0),
    };
  }
  if (!held) return wire;
  const from = selectedNodes.has(source) ? held : null;
  const to = selectedNodes.has(target) ? held : null;
  if (!from && !to) return wire;
  return {
    fromX: wire.fromX + (from?.x ?? 0),
    fromY: wire.fromY + (from?.y ?? 0),
    toX: wire.toX + (to?.x ?? 0),
    toY: wire.toY + (to?.y ?? 0),
  };
};

const trace = (context: Context, { fromX, fromY, toX, toY }: Ends) => {
  const reach = bend({ x: fromX, y: fromY }, { x: toX, y: toY });
  context.moveTo(fromX, fromY);
  context.bezierCurveTo(fromX, fromY + reach, toX, toY - reach, toX, toY);
};

/** Far away a wire is a stroke of few pixels: a straight line says the same. */
const traceFar = (context: Context, { fromX, fromY, toX, toY }: Ends) => {
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
};

/** Whether a step's output flows along this wire now. */
const carries = (frame: Frame, wire: SceneWire): boolean => {
  const status = frame.statuses.get(wire.edge.target)?.status;
  return status !== undefined && isLive(status);
};

interface Batches {
  readonly calm: Map<string, Ends[]>;
  readonly dimmed: Ends[];
  readonly strong: { readonly wire: SceneWire; readonly ends: Ends }[];
  readonly live: { readonly wire: SceneWire; readonly ends: Ends }[];
}

const push = (map: Map<string, Ends[]>, key: string, ends: Ends) => {
  const list = map.get(key);
  if (list) list.push(ends);
  else map.set(key, [ends]);
};

/** The wires in sight, by how they are drawn: one stroke for all of a kind. */
const sort = (frame: Frame): Batches => {
  const view = seen(frame.camera, 24);
  const right = view.x + view.width;
  const bottom = view.y + view.height;
  const batches: Batches = { calm: new Map(), dimmed: [], strong: [], live: [] };
  for (const wire of frame.scene.wires) {
    const { id, source, target } = wire.edge;
    if (id === frame.lifted) continue;
    const ends = endsOf(frame, wire);
    if (Math.max(ends.fromX, ends.toX) < view.x || Math.min(ends.fromX, ends.toX) > right) continue;
    const slack = ends.toY < ends.fromY ? 160 : 0;
    if (Math.max(ends.fromY, ends.toY) + slack < view.y || Math.min(ends.fromY, ends.toY) - slack > bottom)
      continue;
    if (frame.path && !(frame.path.has(source) && frame.path.has(target))) {
      batches.dimmed.push(ends);
    } else if (
      frame.selectedWires.has(id) ||
      id === frame.hoveredWire ||
      id === frame.splitting ||
      source === frame.hoveredNode ||
      target === frame.hoveredNode ||
      (frame.selectedNodes.size <= 60 && (frame.selectedNodes.has(source) || frame.selectedNodes.has(target)))
    ) {
      batches.strong.push({ wire, ends });
    } else {
      push(batches.calm, wire.type, ends);
    }
    if (carries(frame, wire)) batches.live.push({ wire, ends });
  }
  return batches;
};

const colourOf = (frame: Frame, type: string): string =>
  type === "after" ? frame.colours.faint : frame.colours.type(type);

const drawWires = (context: Context, frame: Frame, far: boolean): boolean => {
  const { calm, dimmed, strong, live } = sort(frame);
  const unit = 1 / frame.camera.zoom;
  const line = far && strong.length + live.length < 2000 ? traceFar : trace;
  const draw = far ? line : trace;
  context.lineCap = "round";
  context.lineWidth = far ? Math.min(1.5, 0.9 * unit) : 1.5 * Math.max(1, Math.min(unit, 1.6));
  context.globalAlpha = 0.14;
  context.strokeStyle = frame.colours.faint;
  context.beginPath();
  for (const ends of dimmed) draw(context, ends);
  context.stroke();
  context.globalAlpha = far ? 0.42 : 0.6;
  for (const [type, list] of calm) {
    context.strokeStyle = colourOf(frame, type);
    context.setLineDash(type === "after" ? [4, 4] : []);
    context.beginPath();
    for (const ends of list) draw(context, ends);
    context.stroke();
  }
  context.globalAlpha = 1;
  for (const { wire, ends } of strong) {
    const chosen = frame.selectedWires.has(wire.edge.id) || wire.edge.id === frame.splitting;
    context.setLineDash(wire.type === "after" ? [4, 4] : []);
    context.strokeStyle = chosen ? frame.colours.accent : colourOf(frame, wire.type);
    context.lineWidth = (chosen ? 2.5 : 2) * Math.max(1, Math.min(unit, 1.6)) * (far ? unit * 0.6 : 1);
    context.beginPath();
    draw(context, ends);
    context.stroke();
  }
  if (!far && live.length > 0) {
    context.setLineDash([5, 9]);
    context.lineDashOffset = -frame.phase;
    context.lineWidth = 2.25;
    for (const { wire, ends } of live) {
      context.strokeStyle = colourOf(frame, wire.type);
      context.beginPath();
      draw(context, ends);
      context.stroke();
    }
  }
  context.setLineDash([]);
  return live.length > 0;
};

/** The colour of a verdict, or of no colour of its own. */
export const verdictColour = (colours: Colours, verdict: Verdict): string | null => {
  switch (verdict) {
    case "reused":
    case "maybe":
      return colours.status("reused");
    case "runs":
      return colours.status("running");
    case "dataset":
    case "left_out":
      return null;
  }
};

const fillOf = (frame: Frame, node: SceneNode, verdict: Verdict | undefined): string => {
  const { colours } = frame;
  if (verdict !== undefined) return verdictColour(colours, verdict) ?? colours.tint(node.tint);
  const status = frame.statuses.get(node.id)?.status;
  return status === undefined || status === "waiting" ? colours.tint(node.tint) : colours.status(status);
};

const drawCards = (context: Context, frame: Frame) => {
  const view = seen(frame.camera, 4);
  const right = view.x + view.width;
  const bottom = view.y + view.height;
  const unit = 1 / frame.camera.zoom;
  const fills = new Map<string, Spot[]>();
  const marks = new Map<string, Spot[]>();
  const chosen: Spot[] = [];
  const faint: Spot[] = [];
  const dashed: Spot[] = [];
  for (const node of frame.scene.nodes) {
    const selected = frame.selectedNodes.has(node.id);
    const off = frame.glide?.get(node.id) ?? (selected ? frame.held : null);
    const spot = off ? { x: node.x + off.x, y: node.y + off.y } : node;
    if (spot.x + CARD.width < view.x || spot.x > right || spot.y + CARD.height < view.y || spot.y > bottom)
      continue;
    if (selected || node.id === frame.hoveredNode) chosen.push(spot);
    const verdict = frame.planned.get(node.id)?.verdict;
    if (frame.path?.has(node.id) === false || node.disabled || verdict === "left_out") {
      faint.push(spot);
      continue;
    }
    const worst = frame.worst(node.id);
    if (verdict === "maybe") dashed.push(spot);
    const fill = verdict === "maybe" ? "" : fillOf(frame, node, verdict);
    const list = fills.get(fill);
    if (list) list.push(spot);
    else if (fill !== "") fills.set(fill, [spot]);
    if (worst) {
      const colour = worst === "error" ? frame.colours.failed : frame.colours.warning;
      const some = marks.get(colour);
      if (some) some.push(spot);
      else marks.set(colour, [spot]);
    }
  }
  const rounded = frame.camera.zoom > 0.16;
  const box = (spot: Spot, grow: number) => {
    const [x, y] = [spot.x - grow, spot.y - grow];
    const [width, height] = [CARD.width + grow * 2, CARD.height + grow * 2];
    if (rounded) context.roundRect(x, y, width, height, 10);
    else context.rect(x, y, width, height);
  };
  const all = (spots: readonly Spot[], grow: number) => {
    context.beginPath();
    for (const spot of spots) box(spot, grow);
  };
  for (const [colour, spots] of fills) {
    all(spots, 0);
    context.fillStyle = frame.colours.surface;
    context.fill();
    context.globalAlpha = 0.5;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.lineWidth = unit;
    context.stroke();
  }
  if (dashed.length > 0) {
    all(dashed, 0);
    context.fillStyle = frame.colours.surface;
    context.fill();
    // Very small, an empty card says it as well as a dashed one.
    context.setLineDash(rounded ? [4 * unit, 3 * unit] : []);
    context.strokeStyle = frame.colours.status("reused");
    context.lineWidth = 1.5 * unit;
    context.stroke();
    context.setLineDash([]);
  }
  context.globalAlpha = 0.35;
  all(faint, 0);
  context.fillStyle = frame.colours.surface;
  context.fill();
  context.strokeStyle = frame.colours.border;
  context.lineWidth = unit;
  context.stroke();
  context.globalAlpha = 1;
  for (const [colour, spots] of marks) {
    context.beginPath();
    const size = Math.max(16, 5 * unit);
    for (const spot of spots) context.rect(spot.x + CARD.width - size, spot.y, size, size);
    context.fillStyle = colour;
    context.fill();
  }
  all(chosen, 1.5 * unit);
  context.strokeStyle = frame.colours.accent;
  context.lineWidth = 2 * unit;
  context.stroke();
};

/** Draws a frame; answers whether it has moving dashes and so wants another. */
export const drawFrame = (context: Context, frame: Frame, ratio: number): boolean => {
  const { camera } = frame;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, camera.width * ratio, camera.height * ratio);
  const scale = camera.zoom * ratio;
  context.setTransform(scale, 0, 0, scale, camera.x * ratio, camera.y * ratio);
  const far = isFar(camera);
  const moving = drawWires(context, frame, far);
  if (far) drawCards(context, frame);
  return moving && !far;
};
