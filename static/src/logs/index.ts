/** What steps printed: read in windows, followed live, searched. */
export { LogPanel } from "./LogPanel";
export type { LogPanelProps } from "./LogPanel";
export * from "./BuildLog";
