import { StepForward } from "lucide-react";
import { toResume } from "@/state/run";
import { text } from "@/text";
import { lastValues, resumeHint } from "./acts/planning";
import { startRun } from "./acts/running";
import { runnable } from "./command";
import type { Command } from "./command";

/** Takes the last run up where it failed or was canceled, with what was mended since and the values it had. */
export const resume: Command = {
  id: "resume",
  label: text.commands.resume,
  icon: StepForward,
  group: "run",
  when: (session) => runnable(session) && toResume(session.run.getState()) !== null,
  hint: resumeHint,
  do: (session) => {
    void startRun(session, {
      parameters: lastValues(session),
      resume: toResume(session.run.getState()) ?? "",
    });
  },
};
