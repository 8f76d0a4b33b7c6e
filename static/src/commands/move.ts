import { GRID } from "@/graph/geometry";
import { text } from "@/text";
import { moveSelection } from "./acts/moving";
import type { Command } from "./command";

/** One arrow key: a grid step, ten with Shift. Steps soon after each other are one undo step. */
const arrow = (id: string, label: string, key: string, dx: number, dy: number): readonly Command[] =>
  [1, 10].map((times) => ({
    id: times === 1 ? id : `${id}-far`,
    label,
    group: "edit",
    keys: [times === 1 ? key : `Shift+${key}`],
    hidden: true,
    when: (session) => {
      const { nodes, notes } = session.selection.getState();
      return !session.readOnly && nodes.size + notes.size > 0;
    },
    do: (session) => {
      moveSelection(session, [dx * GRID * times, dy * GRID * times], "arrows");
    },
  }));

export const arrows: readonly Command[] = [
  ...arrow("move-left", text.commands.moveLeft, "ArrowLeft", -1, 0),
  ...arrow("move-right", text.commands.moveRight, "ArrowRight", 1, 0),
  ...arrow("move-up", text.commands.moveUp, "ArrowUp", 0, -1),
  ...arrow("move-down", text.commands.moveDown, "ArrowDown", 0, 1),
];
