import type { PipelineDocument } from "./document";
import { applyChanges } from "./edit";
import type { Change } from "./edit";

/** An edit that was made: what to do again, and what takes it back. */
export interface Step {
  readonly label: string;
  readonly redo: readonly Change[];
  readonly undo: readonly Change[];
  /** Edits with the same key, made one soon after the other, are one step: typing in one field. */
  readonly joins: string | null;
  readonly at: number;
}

/** A document and the way to it. One stack for everything that changes the document. */
export interface History {
  readonly document: PipelineDocument;
  readonly past: readonly Step[];
  readonly future: readonly Step[];
}

/** What to change, and what the undo command calls it. */
export interface Edit {
  readonly label: string;
  readonly changes: readonly Change[];
  readonly joins?: string;
}

/** Keeps a long session from growing without end. */
const LIMIT = 500;
/** Two edits of one field further apart than this are two steps. */
const PAUSE_MS = 1500;

export const begin = (document: PipelineDocument): History => ({ document, past: [], future: [] });

export const make = (history: History, edit: Edit, now: number): History => {
  if (edit.changes.length === 0) return history;
  const { document, inverse } = applyChanges(history.document, edit.changes);
  const last = history.past.at(-1);
  const joins = edit.joins ?? null;
  const joined = last !== undefined && joins !== null && last.joins === joins && now - last.at < PAUSE_MS;
  const step: Step = joined
    ? { ...last, redo: [...last.redo, ...edit.changes], undo: [...inverse, ...last.undo], at: now }
    : { label: edit.label, redo: edit.changes, undo: inverse, joins, at: now };
  const before = joined ? history.past.slice(0, -1) : history.past.slice(-(LIMIT - 1));
  return { document, past: [...before, step], future: [] };
};

export const undo = (history: History): History => {
  const step = history.past.at(-1);
  if (!step) return history;
  return {
    document: applyChanges(history.document, step.undo).document,
    past: history.past.slice(0, -1),
    // A step taken back is over: typing after redo begins a new one.
    future: [{ ...step, joins: null }, ...history.future],
  };
};

export const redo = (history: History): History => {
  const [step, ...rest] = history.future;
  if (!step) return history;
  return {
    document: applyChanges(history.document, step.redo).document,
    past: [...history.past, step],
    future: rest,
  };
};
