import { place } from "@/graph/edits";
import { edgesOf } from "@/graph/edges";
import { CARD, around, cardBox, offsetOf, snap } from "@/graph/geometry";
import { portsOf } from "@/graph/ports";
import type { TidyEdge, TidyNode } from "@/graph/tidy";
import type { Place } from "@/graph/document";
import { documentOf, edit } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { layOut } from "./layout";

/**
 * Lays the selected nodes out, or all when fewer than two are selected. The middle of what is laid out stays where it
 * is; the work is done beside the page, the cards glide, and it is one step.
 */
export const tidySelection = async (session: Session): Promise<void> => {
  const document = documentOf(session);
  const catalogue = session.catalogue.getState();
  const { nodes: selected } = session.selection.getState();
  const ids = new Set(selected.size > 1 ? selected : Object.keys(document.nodes));
  const nodes = [...ids].map((id): TidyNode => ({ id, ...CARD }));
  const edges = edgesOf(document.nodes).flatMap((edge): TidyEdge[] => {
    if (!ids.has(edge.source) || !ids.has(edge.target)) return [];
    const from = offsetOf(portsOf(document, catalogue, edge.source).outputs, edge.output);
    const to = offsetOf(portsOf(document, catalogue, edge.target).inputs, edge.input);
    return [{ source: edge.source, target: edge.target, from, to }];
  });
  const laid = await layOut(nodes, edges);
  // What happened meanwhile wins over a layout of what was.
  if (documentOf(session).nodes !== document.nodes) return;
  const before = around([...ids].map((id) => cardBox(document, id)));
  const after = around([...laid.values()].map(([x, y]) => ({ x, y, ...CARD })));
  if (!before || !after) return;
  const all = ids.size === Object.keys(document.nodes).length;
  const dx = snap(before.x + (before.width - after.width) / 2 - after.x);
  const dy = snap(before.y - after.y + (all ? 0 : (before.height - after.height) / 2));
  const places = new Map([...laid].map(([id, [x, y]]): [string, Place] => [id, [x + dx, y + dy]]));
  const from = new Map([...ids].map((id): [string, Place] => [id, document.layout[id] ?? [0, 0]]));
  session.stage.current?.glide(from);
  edit(session, { label: text.commands.steps.tidy, changes: place(document, places) });
};
