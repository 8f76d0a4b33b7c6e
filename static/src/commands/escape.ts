import { NOTHING } from "@/state/selection";
import { text } from "@/text";
import { always } from "./command";
import type { Command } from "./command";

/** Leaves the innermost thing: what is being drawn, then what is open, then the selection. */
export const escape: Command = {
  id: "escape",
  label: text.commands.clearSelection,
  group: "edit",
  keys: ["Escape"],
  hidden: true,
  when: always,
  do: (session) => {
    const { connecting, quickAdd, overlay, path } = session.view.getState();
    if (connecting || quickAdd || overlay || path) {
      session.view.setState({ connecting: null, quickAdd: null, overlay: null, path: null, pointed: null });
      return;
    }
    session.selection.setState(NOTHING, true);
  },
};
