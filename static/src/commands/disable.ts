import { Ban, SkipForward } from "lucide-react";
import type { NodeEntry } from "@/graph/document";
import { changeEntry } from "@/graph/edits";
import { documentOf, edit } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { hasNodes } from "./command";
import type { Command } from "./command";

const chosen = (session: Session): readonly string[] => [...session.selection.getState().nodes];

const all = (session: Session, state: NodeEntry["disabled"]): boolean =>
  chosen(session).every((id) => documentOf(session).nodes[id]?.disabled === state);

const turn = (session: Session, state: "off" | "bypass", label: string) => {
  const document = documentOf(session);
  const enable = all(session, state);
  edit(session, {
    label: enable ? text.commands.steps.enable : label,
    changes: chosen(session).flatMap((id) =>
      changeEntry(document, id, (entry) =>
        enable
          ? Object.fromEntries(Object.entries(entry).filter(([key]) => key !== "disabled"))
          : { ...entry, disabled: state },
      ),
    ),
  });
};

export const disable: Command = {
  id: "disable",
  name: text.commands.disable,
  label: (session) =>
    hasNodes(session) && all(session, "off") ? text.commands.enable : text.commands.disable,
  icon: Ban,
  group: "edit",
  keys: ["D"],
  menus: ["node"],
  when: (session) => !session.readOnly && hasNodes(session),
  do: (session) => {
    turn(session, "off", text.commands.steps.disable);
  },
};

export const bypass: Command = {
  id: "bypass",
  label: text.commands.bypass,
  icon: SkipForward,
  group: "edit",
  keys: ["B"],
  menus: ["node"],
  when: (session) => !session.readOnly && hasNodes(session),
  do: (session) => {
    turn(session, "bypass", text.commands.steps.bypass);
  },
};
