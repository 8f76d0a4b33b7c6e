import { useEffect } from "react";
import { askPlan } from "@/commands/acts/planning";
import { runAlike } from "@/state/plan";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";

/** How long the draft rests before its plan is asked for again. */
const REST_MS = 250;

/** While the plan is shown it follows the draft: each saved edit asks again, moving a card does not. */
export const usePlan = (session: Session): void => {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void askPlan(session), REST_MS);
    };
    const edited = () => {
      const { on, of } = session.planning.getState();
      if (!on || runAlike(of, documentOf(session))) return;
      // What is on the cards is about to change: it says so at once.
      session.planning.setState({ asking: true });
      if (session.saving.getState().phase === "saved") soon();
    };
    // Results of other runs may have come meanwhile.
    const returned = () => {
      if (session.planning.getState().on) soon();
    };
    const stops = [session.history.subscribe(edited), session.saving.subscribe(edited)];
    window.addEventListener("focus", returned);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("focus", returned);
      for (const stop of stops) stop();
    };
  }, [session]);
};
