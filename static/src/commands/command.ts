import type { LucideIcon } from "lucide-react";
import { isMoving } from "@/state/run";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";

export type Group = "edit" | "graph" | "view" | "run" | "help";

/** What was clicked on with the right button: which commands the menu shows. */
export type Place = "node" | "wire" | "note" | "pane";

/** One thing a person can do. Menu, toolbar, keys and command palette all read it. */
export interface Command {
  /** Stable; the file's name. */
  readonly id: string;
  readonly label: string | ((session: Session) => string);
  /** What lists call it whatever the moment; the label where it is plain. */
  readonly name?: string;
  readonly icon?: LucideIcon;
  readonly group: Group;
  /** Keys such as `Mod+Shift+Z`; the first is shown. `Mod` is Ctrl, or Cmd on a Mac. */
  readonly keys?: readonly string[];
  /** The menus it stands in. */
  readonly menus?: readonly Place[];
  readonly when: (session: Session) => boolean;
  readonly do: (session: Session) => void;
  /** What it would do now, in a few words beside its label; "" where that is not known. */
  readonly hint?: (session: Session) => string;
  /** The nodes it is about, marked while a menu points at it. */
  readonly about?: (session: Session) => ReadonlySet<string>;
  readonly danger?: boolean;
  /** Not worth a line in the command palette, such as the arrow keys. */
  readonly hidden?: boolean;
}

export const labelOf = (command: Command, session: Session): string =>
  typeof command.label === "string" ? command.label : command.label(session);

export const nameOf = (command: Command): string =>
  command.name ?? (typeof command.label === "string" ? command.label : command.id);

export const always = (): boolean => true;

export const editable = (session: Session): boolean => !session.readOnly;

/** Whether a run can be started. */
export const runnable = (session: Session): boolean => !session.readOnly && !isMoving(session.run.getState());

export const hasNodes = (session: Session): boolean => session.selection.getState().nodes.size > 0;

export const hasOneNode = (session: Session): boolean => session.selection.getState().nodes.size === 1;

export const hasSelection = (session: Session): boolean => {
  const { nodes, wires, notes } = session.selection.getState();
  return nodes.size + wires.size + notes.size > 0;
};

/** The selected nodes that are steps: a dataset runs nothing, and neither does what is turned off. */
export const chosenSteps = (session: Session): readonly string[] => {
  const { nodes } = documentOf(session);
  return [...session.selection.getState().nodes].filter(
    (id) => nodes[id]?.module !== undefined && nodes[id].disabled === undefined,
  );
};

/** The one selected node; null when there are none or several. */
export const theNode = (session: Session): string | null => {
  const { nodes } = session.selection.getState();
  const [first] = nodes;
  return nodes.size === 1 && first !== undefined ? first : null;
};
