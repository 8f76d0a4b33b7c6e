import { Plus } from "lucide-react";
import { portsOf } from "@/graph/ports";
import type { PortRef } from "@/graph/edges";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { placeAfter } from "./acts/adding";
import { editable, theNode } from "./command";
import type { Command } from "./command";

const firstOutput = (session: Session): PortRef | null => {
  const node = theNode(session);
  if (node === null) return null;
  const [port] = portsOf(documentOf(session), session.catalogue.getState(), node).outputs;
  return port ? { node, port: port.name, side: "output" } : null;
};

/** Opens quick add; after a selected node, what is added is wired to it. */
export const addNode: Command = {
  id: "add-node",
  label: text.commands.addNode,
  icon: Plus,
  group: "graph",
  keys: ["A"],
  menus: ["pane"],
  when: editable,
  do: (session) => {
    const stage = session.stage.current;
    if (!stage) return;
    const from = firstOutput(session);
    const place = from ? placeAfter(session, from) : (stage.pointer() ?? stage.middle());
    const [x, y] = place;
    session.view.setState({ quickAdd: { at: stage.toScreen([x, y]), place, from } });
  },
};
