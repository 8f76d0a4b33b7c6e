import { useCallback, useSyncExternalStore } from "react";
import type { PlannedStep } from "@/graph/reuse";
import type { StepView } from "@/graph/step";
import type { KeyedStore } from "@/state/keyed";
import { useSession } from "@/state/session";

const useKeyed = <T>(store: KeyedStore<T>, node: string): T | undefined =>
  useSyncExternalStore(
    useCallback((listener: () => void) => store.subscribe(node, listener), [store, node]),
    () => store.get(node),
  );

/** The step of a node in the run that is shown; drawn again only when this one changes. */
export const useStep = (node: string): StepView | undefined => useKeyed(useSession().statuses, node);

/** What a run would do with a node; undefined while the plan is not shown. */
export const usePlanned = (node: string): PlannedStep | undefined => useKeyed(useSession().planned, node);
