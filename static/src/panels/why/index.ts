export * from "./Why";
export type { CodeSides } from "./Differences";
