import { ArrowDownToLine, ArrowUpToLine } from "lucide-react";
import { downstream, upstream } from "@/graph/edges";
import { select } from "@/state/selection";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { hasNodes } from "./command";
import type { Command } from "./command";

const widen = (session: Session, reach: typeof upstream) => {
  const { nodes } = session.selection.getState();
  const found = reach(documentOf(session).nodes, nodes);
  session.selection.setState(select({ nodes: [...nodes, ...found] }), true);
};

export const selectUpstream: Command = {
  id: "select-upstream",
  label: text.commands.selectUpstream,
  icon: ArrowUpToLine,
  group: "graph",
  keys: ["Alt+ArrowUp"],
  menus: ["node"],
  when: hasNodes,
  do: (session) => {
    widen(session, upstream);
  },
};

export const selectDownstream: Command = {
  id: "select-downstream",
  label: text.commands.selectDownstream,
  icon: ArrowDownToLine,
  group: "graph",
  keys: ["Alt+ArrowDown"],
  menus: ["node"],
  when: hasNodes,
  do: (session) => {
    widen(session, downstream);
  },
};
