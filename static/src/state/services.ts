import type { RunPlan, Part } from "@/graph/reuse";

/** What commands ask of the world behind the session. The page puts it there; without it nothing is saved or run. */
export interface Services {
  /** Saves what waits. */
  readonly flush: () => Promise<void>;
  readonly keepMine: () => Promise<void>;
  readonly takeTheirs: () => void;
  /** Makes a pipeline of its own of the editor's document, then takes theirs; answers its id. */
  readonly keepMineAsCopy: () => Promise<string>;
  readonly submit: (wish: RunWish) => Promise<{ readonly id: string }>;
  /** What a submit of the draft would do. */
  readonly plan: (wish: PlanWish, signal: AbortSignal) => Promise<RunPlan>;
  readonly cancel: (run: string) => Promise<void>;
  /** Shows a page. */
  readonly go: (path: string) => void;
}

export interface PlanWish {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly part: Part;
  /** The run that is taken up again; "" for none. */
  readonly resume: string;
}

export interface RunWish extends PlanWish {
  readonly experiment: string;
  readonly name: string;
  /** Of waiting steps, those of a run with a higher one start first. */
  readonly priority: number;
}
