import type { Finding } from "@/graph/finding";
import { groupBy } from "@/graph/group";

/** What validation says, and the same by node. */
export interface Findings {
  readonly all: readonly Finding[];
  readonly byNode: ReadonlyMap<string, readonly Finding[]>;
}

export const NO_FINDINGS: Findings = { all: [], byNode: new Map() };

export const findingsOf = (all: readonly Finding[]): Findings => ({
  all,
  byNode: groupBy(
    all.filter((finding) => finding.node !== ""),
    (finding) => finding.node,
  ),
});

/** The worst of some findings; null for none. */
export const worst = (findings: readonly Finding[]): "error" | "warning" | null =>
  findings.some((finding) => finding.severity === "error") ? "error" : findings.length > 0 ? "warning" : null;
