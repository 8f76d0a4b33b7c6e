/** What steps made, in the viewer made for its kind. */
export { FigurePreview } from "./FigurePreview";
export { MetricsPanel } from "./MetricsPanel";
export type { MetricsPanelProps } from "./MetricsPanel";
export { PreviewPanel } from "./PreviewPanel";
export type { PreviewPanelProps } from "./PreviewPanel";
