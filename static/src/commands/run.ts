import { Play, SlidersHorizontal, Square } from "lucide-react";
import { isMoving } from "@/state/run";
import { documentOf } from "@/state/session";
import { text } from "@/text";
import { cancelRun, startRun } from "./acts/running";
import type { Command } from "./command";

/** Runs at once; asks first only where the pipeline has parameters. */
export const run: Command = {
  id: "run",
  label: text.commands.run,
  icon: Play,
  group: "run",
  keys: ["Mod+Enter"],
  menus: ["pane"],
  when: (session) => !session.readOnly && !isMoving(session.run.getState()),
  do: (session) => {
    if (Object.keys(documentOf(session).parameters).length > 0) session.view.setState({ overlay: "run" });
    else void startRun(session);
  },
};

export const runWith: Command = {
  id: "run-with",
  label: text.commands.runWith,
  icon: SlidersHorizontal,
  group: "run",
  keys: ["Mod+Shift+Enter"],
  when: (session) => !session.readOnly && !isMoving(session.run.getState()),
  do: (session) => {
    session.view.setState({ overlay: "run" });
  },
};

export const cancel: Command = {
  id: "cancel",
  label: text.commands.cancel,
  icon: Square,
  group: "run",
  when: (session) => isMoving(session.run.getState()) && !session.run.getState().canceling,
  do: (session) => {
    void cancelRun(session);
  },
};
