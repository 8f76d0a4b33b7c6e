import { nameOfReference, newest, titleOf } from "@/graph/catalogue";
import type { Catalogue } from "@/graph/catalogue";
import type { NodeEntry, PipelineDocument, Place } from "@/graph/document";
import { applyChanges } from "@/graph/edit";
import type { Change } from "@/graph/edit";
import { addNode, connect, disconnect } from "@/graph/edits";
import { edgesOf } from "@/graph/edges";
import type { Edge, PortRef } from "@/graph/edges";
import { CARD, cardBox, freePlace, portOffset, snap } from "@/graph/geometry";
import { portsOf } from "@/graph/ports";
import { bestPort, insertable } from "@/graph/wiring";
import { prefer, preferences } from "@/state/preferences";
import { select } from "@/state/selection";
import { documentOf, edit } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";

/** What can be added: a module or a dataset, by reference. */
export type Addition =
  | { readonly kind: "module"; readonly reference: string }
  | { readonly kind: "dataset"; readonly reference: string };

export const entryOf = (addition: Addition): NodeEntry =>
  addition.kind === "module" ? { module: addition.reference } : { dataset: addition.reference };

/** An addition as the text that a drag carries. */
export const DRAG_TYPE = "application/x-designer-addition";

export const writeAddition = (addition: Addition): string => `${addition.kind}:${addition.reference}`;

export const readAddition = (text: string): Addition | null => {
  const [kind, ...rest] = text.split(":");
  const reference = rest.join(":");
  return reference !== "" && (kind === "module" || kind === "dataset") ? { kind, reference } : null;
};

const kindAt = (document: PipelineDocument, id: string): string => {
  const entry = document.nodes[id];
  return nameOfReference(entry?.module ?? entry?.dataset ?? "");
};

const remember = (before: string, added: string) => {
  const { added: counts } = preferences.getState();
  const key = `${before}>${added}`;
  prefer({ added: { ...counts, [key]: (counts[key] ?? 0) + 1 } });
};

const finish = (session: Session, label: string, id: string, changes: readonly Change[]) => {
  edit(session, { label, changes });
  session.selection.setState(select({ nodes: [id] }), true);
  session.stage.current?.reveal(cardBox(documentOf(session), id));
};

export interface AddOptions {
  /** Where the card's middle top goes; the middle of the view when not told. */
  readonly place?: Place | undefined;
  /** The port it is wired to. */
  readonly from?: PortRef | null;
  /** The place is exact: do not look for a free one. */
  readonly exact?: boolean;
}

/** Adds a node, wired to `from` where a port fits, in one step; answers its id. */
export const add = (session: Session, addition: Addition, options: AddOptions = {}): string => {
  const document = documentOf(session);
  const catalogue = session.catalogue.getState();
  const entry = entryOf(addition);
  const [x, y] = options.place ?? session.stage.current?.middle() ?? [0, 0];
  const wanted: Place = [snap(x - CARD.width / 2), snap(y)];
  const place = options.exact ? wanted : freePlace(document, wanted);
  const { id, changes } = addNode(document, entry, place, nameOfReference(addition.reference));
  const label = text.commands.steps.add(titleOf(catalogue, entry));
  const from = options.from ?? null;
  if (!from) {
    finish(session, label, id, changes);
    return id;
  }
  const added = applyChanges(document, changes).document;
  const port = bestPort(added, catalogue, from, id);
  if (!port) {
    finish(session, label, id, changes);
    return id;
  }
  const wire = from.side === "output" ? connect(added, from, port) : connect(added, port, from);
  if (from.side === "output") remember(kindAt(document, from.node), nameOfReference(addition.reference));
  finish(session, label, id, [...changes, ...wire]);
  return id;
};

/** Where a node goes that is added by keyboard after the selected one: below it. */
export const placeAfter = (session: Session, from: PortRef): Place => {
  const document = documentOf(session);
  const box = cardBox(document, from.node);
  const ports = portsOf(document, session.catalogue.getState(), from.node);
  const list = from.side === "output" ? ports.outputs : ports.inputs;
  const index = list.findIndex((port) => port.name === from.port);
  const x = box.x + portOffset(Math.max(0, index), list.length);
  return [x, from.side === "output" ? box.y + CARD.height + 80 : box.y - CARD.height - 80];
};

/** The ports by which an addition can be put into a wire; null if it cannot. */
export const insertion = (
  document: PipelineDocument,
  catalogue: Catalogue,
  addition: Addition,
  edge: Edge,
): { readonly input: string; readonly output: string } | null => {
  if (addition.kind !== "module" || edge.kind !== "data") return null;
  const spec = catalogue.modules.get(addition.reference);
  const output = portsOf(document, catalogue, edge.source).outputs.find((port) => port.name === edge.output);
  const input = portsOf(document, catalogue, edge.target).inputs.find((port) => port.name === edge.input);
  return spec && output && input ? insertable(catalogue, spec, output.type, input.type) : null;
};

/** Puts a module into a wire: its producer feeds the module, the module feeds its consumer. One step. */
export const insert = (session: Session, addition: Addition, edge: Edge, place: Place): string | null => {
  const document = documentOf(session);
  const catalogue = session.catalogue.getState();
  const ports = insertion(document, catalogue, addition, edge);
  if (!ports) return null;
  const entry = entryOf(addition);
  const { id, changes } = addNode(
    document,
    { ...entry, inputs: { [ports.input]: `${edge.source}.${edge.output}` } },
    [snap(place[0] - CARD.width / 2), snap(place[1])],
    nameOfReference(addition.reference),
  );
  const wire = connect(
    document,
    { node: id, port: ports.output, side: "output" },
    { node: edge.target, port: edge.input, side: "input" },
  );
  remember(kindAt(document, edge.source), nameOfReference(addition.reference));
  finish(session, text.commands.steps.insert(titleOf(catalogue, entry)), id, [...changes, ...wire]);
  return id;
};

/** The wires of a selection. */
export const selectedWires = (session: Session): readonly Edge[] => {
  const { wires } = session.selection.getState();
  return wires.size === 0 ? [] : edgesOf(documentOf(session).nodes).filter((edge) => wires.has(edge.id));
};

export const removeWires = (session: Session, edges: readonly Edge[]): void => {
  edit(session, {
    label: text.commands.steps.disconnect,
    changes: disconnect(documentOf(session), edges),
  });
};

/** The newest version of a module, by its name. */
export const referenceByName = (catalogue: Catalogue, name: string): string | null => {
  const spec = newest(catalogue).find((one) => one.name === name);
  return spec ? `${spec.name}@${String(spec.version)}` : null;
};
