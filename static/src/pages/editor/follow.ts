import { useEffect } from "react";
import { useStore } from "zustand";
import { liveRuns, watchRun } from "@/live/runs";
import type { Session } from "@/state/session";
import { isMoving } from "@/state/run";
import { text } from "@/text";
import { toast } from "@/ui";

const finished = (status: string): string | null =>
  status === "completed" || status === "failed" || status === "canceled"
    ? text.running.finished[status]
    : null;

/** Keeps the session's statuses those of its current run, as the live connection tells them. */
export const useFollowedRun = (session: Session): void => {
  const id = useStore(session.run, (run) => run.id);
  useEffect(() => {
    if (id === null) return;
    let steps: Readonly<Record<string, unknown>> = {};
    const take = () => {
      const run = liveRuns.getState().runs[id]?.run;
      if (!run) return;
      for (const [node, step] of Object.entries(run.steps)) {
        if (steps[node] !== step) session.statuses.apply(node, step);
      }
      steps = run.steps;
      const before = session.run.getState();
      if (before.status === run.status && before.seconds === (run.seconds ?? null)) return;
      const wasMoving = isMoving(before) && before.status !== null;
      session.run.setState({
        status: run.status,
        started: run.started ?? run.created,
        seconds: run.seconds ?? null,
        parameters: run.parameters,
        canceling: before.canceling || run.status === "canceling",
      });
      const said = finished(run.status);
      if (!wasMoving || isMoving(session.run.getState()) || said === null) return;
      session.run.setState({ canceling: false });
      toast({
        text: said,
        subject: "run",
        ...(run.status === "failed" ? { tone: "bad" as const } : {}),
        action: { label: text.running.open, do: () => session.services.current?.go(`/runs/${id}`) },
      });
      // The drawer opens by itself only for a failure.
      if (run.status === "failed" && run.failed_step !== "") {
        session.selection.setState(
          { nodes: new Set([run.failed_step]), wires: new Set(), notes: new Set() },
          true,
        );
        session.view.setState({ drawer: "logs" });
      }
    };
    take();
    const leave = watchRun(id);
    const stop = liveRuns.subscribe(take);
    return () => {
      stop();
      leave();
    };
  }, [id, session]);
};
