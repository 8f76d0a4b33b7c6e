import { useCallback, useSyncExternalStore } from "react";
import type { StepView } from "@/graph/step";
import { useSession } from "@/state/session";

/** The step of a node in the run that is shown; undefined when it was in none. */
export const useStep = (node: string): StepView | undefined => {
  const { statuses } = useSession();
  const subscribe = useCallback(
    (listener: () => void) => statuses.subscribe(node, listener),
    [statuses, node],
  );
  return useSyncExternalStore(subscribe, () => statuses.get(node));
};
