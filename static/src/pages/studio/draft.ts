/** Unsaved work on a module, kept in this browser until it is saved: a reload or a crash of the tab loses nothing. */

export interface Draft {
  readonly source: string;
  /** The version it began with; 0 for a new module. */
  readonly basedOn: number;
}

const key = (name: string): string => `designer.module.${name === "" ? "(new)" : name}`;

export const readDraft = (name: string): Draft | null => {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key(name)) ?? "null");
    if (typeof value !== "object" || value === null || !("source" in value) || !("basedOn" in value))
      return null;
    const { source, basedOn } = value;
    return typeof source === "string" && typeof basedOn === "number" ? { source, basedOn } : null;
  } catch {
    return null;
  }
};

/** Keeps a draft; one that says nothing new is forgotten. A full storage keeps the older one. */
export const keepDraft = (name: string, draft: Draft | null): void => {
  try {
    if (draft === null) localStorage.removeItem(key(name));
    else localStorage.setItem(key(name), JSON.stringify(draft));
  } catch {
    // The text stays in the editor.
  }
};
