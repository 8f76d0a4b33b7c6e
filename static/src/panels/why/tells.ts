import type { Reason } from "@/graph/reuse";

/** Whether a reason has two sides that can be laid side by side. */
export const tells = ({ code, before, after }: Reason): boolean =>
  code === "code" || (code === "parameter" && (before != null || after != null));

/** Texts of several lines are compared line by line. */
export const isLong = (value: unknown): value is string => typeof value === "string" && value.includes("\n");
