import { Play, SlidersHorizontal, Square } from "lucide-react";
import { isMoving } from "@/state/run";
import { text } from "@/text";
import { hintOf } from "./acts/planning";
import { cancelRun, runPart } from "./acts/running";
import type { Command } from "./command";
import { runnable } from "./command";

/** Runs at once; asks first only where the pipeline has parameters. */
export const run: Command = {
  id: "run",
  label: text.commands.run,
  icon: Play,
  group: "run",
  keys: ["Mod+Enter"],
  menus: ["pane"],
  when: runnable,
  hint: (session) => hintOf(session, { kind: "all" }),
  do: (session) => {
    runPart(session, { kind: "all" });
  },
};

export const runWith: Command = {
  id: "run-with",
  label: text.commands.runWith,
  icon: SlidersHorizontal,
  group: "run",
  keys: ["Mod+Shift+Enter"],
  when: runnable,
  do: (session) => {
    session.view.setState({ overlay: "run", part: { kind: "all" } });
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
