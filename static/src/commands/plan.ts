import { ListChecks } from "lucide-react";
import { isMoving } from "@/state/run";
import { text } from "@/text";
import { turnPlan } from "./acts/planning";
import type { Command } from "./command";

/** Shows on every card what a run would do with it, before it is run. */
export const togglePlan: Command = {
  id: "plan",
  name: text.commands.plan,
  label: (session) => (session.planning.getState().on ? text.commands.hidePlan : text.commands.showPlan),
  icon: ListChecks,
  group: "run",
  keys: ["Shift+P"],
  menus: ["pane"],
  when: (session) => session.pipeline !== "" && !isMoving(session.run.getState()),
  do: (session) => {
    turnPlan(session, !session.planning.getState().on);
  },
};
