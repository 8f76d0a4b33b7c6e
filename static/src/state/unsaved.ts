import { readDocument } from "@/graph/document";
import type { PipelineDocument } from "@/graph/document";
import { isObject } from "@/graph/json";

/** Edits that the server has not acknowledged, kept on this machine until it has. */
export interface Unsaved {
  readonly version: number;
  /** What the edits were made on. */
  readonly base: PipelineDocument;
  readonly document: PipelineDocument;
}

export type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const key = (pipeline: string): string => `designer.unsaved.${pipeline}`;

/** Keeps edits; false where the machine has no room, so that nobody relies on it. */
export const keepUnsaved = (storage: Keep, pipeline: string, unsaved: Unsaved): boolean => {
  try {
    storage.setItem(key(pipeline), JSON.stringify(unsaved));
    return true;
  } catch {
    return false;
  }
};

export const forgetUnsaved = (storage: Keep, pipeline: string): void => {
  storage.removeItem(key(pipeline));
};

export const findUnsaved = (storage: Keep, pipeline: string): Unsaved | null => {
  try {
    const value: unknown = JSON.parse(storage.getItem(key(pipeline)) ?? "null");
    if (!isObject(value) || typeof value["version"] !== "number") return null;
    const base = readDocument(value["base"]);
    const document = readDocument(value["document"]);
    return base && document ? { version: value["version"], base, document } : null;
  } catch {
    return null;
  }
};
