import type { PipelineDocument } from "@/graph/document";
import { EMPTY } from "@/graph/document";

/** Where the draft stands with the server. */
export type Saving = Base &
  (
    | { readonly phase: "saved" }
    /** Edits wait for the pause after the last one. */
    | { readonly phase: "waiting" }
    | { readonly phase: "saving" }
    | { readonly phase: "failed"; readonly reason: string; readonly cure: string; readonly attempts: number }
    | { readonly phase: "conflict"; readonly theirs: Theirs; readonly overlaps: readonly string[] }
  );

interface Base {
  /** The version the server acknowledged. */
  readonly version: number;
  /** The document the server acknowledged. */
  readonly base: PipelineDocument;
}

export interface Theirs {
  readonly version: number;
  readonly document: PipelineDocument;
}

export const UNSAVED: Saving = { phase: "saved", version: 0, base: EMPTY };

export type SavingEvent =
  | { readonly kind: "opened"; readonly version: number; readonly document: PipelineDocument }
  | { readonly kind: "edited"; readonly document: PipelineDocument }
  | { readonly kind: "sent" }
  | {
      readonly kind: "acknowledged";
      readonly version: number;
      readonly sent: PipelineDocument;
      /** What stands in the editor by now. */
      readonly document: PipelineDocument;
    }
  | { readonly kind: "refused"; readonly reason: string; readonly cure: string }
  | { readonly kind: "clashed"; readonly theirs: Theirs; readonly overlaps: readonly string[] }
  /** The server has a newer version, and its changes are now in the editor's document. */
  | { readonly kind: "caught_up"; readonly theirs: Theirs; readonly document: PipelineDocument };

export const reduceSaving = (saving: Saving, event: SavingEvent): Saving => {
  const { version, base } = saving;
  switch (event.kind) {
    case "opened":
      return { phase: "saved", version: event.version, base: event.document };
    case "edited":
      if (saving.phase === "conflict" || saving.phase === "saving") return saving;
      return { phase: event.document === base ? "saved" : "waiting", version, base };
    case "sent":
      return { phase: "saving", version, base };
    case "acknowledged":
      return {
        phase: event.document === event.sent ? "saved" : "waiting",
        version: event.version,
        base: event.sent,
      };
    case "refused":
      return {
        phase: "failed",
        version,
        base,
        reason: event.reason,
        cure: event.cure,
        attempts: saving.phase === "failed" ? saving.attempts + 1 : 1,
      };
    case "clashed":
      return { phase: "conflict", version, base, theirs: event.theirs, overlaps: event.overlaps };
    case "caught_up":
      return {
        phase: event.document === event.theirs.document ? "saved" : "waiting",
        version: event.theirs.version,
        base: event.theirs.document,
      };
  }
};
