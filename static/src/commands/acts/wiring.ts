import { connect, reconnect } from "@/graph/edits";
import type { Edge, PortRef } from "@/graph/edges";
import { directed, refusal } from "@/graph/wiring";
import type { Refusal } from "@/graph/wiring";
import { documentOf, edit } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";

/** Why a wire is refused, in words. */
export const refusalInWords = (reason: Refusal, from: PortRef): string => {
  switch (reason.why) {
    case "type":
      return text.wiring.type(reason.needs, reason.gives);
    case "cycle":
      return text.wiring.cycle(reason.node);
    case "self":
      return text.wiring.self;
    case "side":
      return text.wiring.side[from.side];
    case "gone":
      return text.wiring.gone;
  }
};

/** Wires two ports, replacing what an occupied input had; answers why not, or null. */
export const wire = (session: Session, one: PortRef, other: PortRef): string | null => {
  const document = documentOf(session);
  const reason = refusal(document, session.catalogue.getState(), one, other);
  const ends = directed(one, other);
  if (reason || !ends) return refusalInWords(reason ?? { why: "side" }, one);
  edit(session, { label: text.commands.steps.connect, changes: connect(document, ends.from, ends.to) });
  return null;
};

/** Moves one end of a wire to another port; answers why not, or null. */
export const rewire = (session: Session, edge: Edge, fixed: PortRef, free: PortRef): string | null => {
  const document = documentOf(session);
  const reason = refusal(document, session.catalogue.getState(), fixed, free);
  const ends = directed(fixed, free);
  if (reason || !ends) return refusalInWords(reason ?? { why: "side" }, fixed);
  edit(session, {
    label: text.commands.steps.reconnect,
    changes: reconnect(document, edge, ends.from, ends.to),
  });
  return null;
};
