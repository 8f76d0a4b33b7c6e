import { Cable } from "lucide-react";
import { portsOf } from "@/graph/ports";
import { documentOf } from "@/state/session";
import { text } from "@/text";
import { hasOneNode, theNode } from "./command";
import type { Command } from "./command";

/** Begins a wire at the selected node's first output; the outline then offers the ports that fit. */
export const connect: Command = {
  id: "connect",
  label: text.commands.connect,
  icon: Cable,
  group: "graph",
  keys: ["C"],
  menus: ["node"],
  when: (session) => !session.readOnly && hasOneNode(session),
  do: (session) => {
    const node = theNode(session);
    if (node === null) return;
    const ports = portsOf(documentOf(session), session.catalogue.getState(), node);
    const [output] = ports.outputs;
    const [input] = ports.inputs;
    const from = output
      ? { node, port: output.name, side: "output" as const }
      : input
        ? { node, port: input.name, side: "input" as const }
        : null;
    session.view.setState({ connecting: from });
  },
};
