import { ArrowDownFromLine, ArrowDownToLine, SquareDashedMousePointer } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { reachOf } from "@/graph/reuse";
import type { Part } from "@/graph/reuse";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { hintOf } from "./acts/planning";
import { runPart } from "./acts/running";
import { chosenSteps, runnable } from "./command";
import type { Command } from "./command";

type PartOf = Extract<Part, { readonly nodes: readonly string[] }>["kind"];

const partial = (kind: PartOf, id: string, label: string, icon: LucideIcon, keys: string): Command => {
  const part = (session: Session): Part => ({ kind, nodes: chosenSteps(session) });
  return {
    id,
    label,
    icon,
    group: "run",
    keys: [keys],
    menus: ["node"],
    when: (session) => runnable(session) && chosenSteps(session).length > 0,
    hint: (session) => hintOf(session, part(session)),
    about: (session) => {
      const { asked, needed } = reachOf(documentOf(session).nodes, part(session));
      return new Set([...asked, ...needed]);
    },
    do: (session) => {
      runPart(session, part(session));
    },
  };
};

/** The selected nodes and all before them. */
export const runHere = partial("to", "run-here", text.commands.runHere, ArrowDownToLine, "Shift+Enter");

/** The selected nodes and all after them, anew. */
export const runFrom = partial("from", "run-from", text.commands.runFrom, ArrowDownFromLine, "Alt+Enter");

/** Only the selected nodes, anew. */
export const runOnly = partial(
  "only",
  "run-only",
  text.commands.runOnly,
  SquareDashedMousePointer,
  "Shift+Alt+Enter",
);
