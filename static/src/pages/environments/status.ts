import type { Environment, EnvironmentStatus } from "@/api/queries.environments";
import { environments as words } from "@/text/environments";
import type { StatusName } from "@/ui";

export const DRAWN: Readonly<Record<EnvironmentStatus, StatusName>> = {
  unbuilt: "waiting",
  queued: "queued",
  locking: "preparing",
  building: "running",
  ready: "completed",
  failed: "failed",
};

/** Whether it is being built, or waits for it. */
export const isBuilding = (status: EnvironmentStatus): boolean =>
  status === "queued" || status === "locking" || status === "building";

/** What to call it: its names, or what it holds. */
export const titleOf = (environment: Pick<Environment, "names" | "requirements" | "python">): string => {
  if (environment.names.length > 0) return environment.names.join(", ");
  if (environment.requirements.length > 0) return environment.requirements.join(", ");
  return environment.python === "" ? words.pythonAny : words.python(environment.python);
};
