import { RefreshCw } from "lucide-react";
import { text } from "@/text";
import { hintOf } from "./acts/planning";
import { runPart } from "./acts/running";
import { runnable } from "./command";
import type { Command } from "./command";

/** Runs every step, whatever results there are. */
export const runAnew: Command = {
  id: "run-anew",
  label: text.commands.runAnew,
  icon: RefreshCw,
  group: "run",
  when: runnable,
  hint: (session) => hintOf(session, { kind: "anew" }),
  do: (session) => {
    runPart(session, { kind: "anew" });
  },
};
