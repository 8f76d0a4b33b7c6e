/** Controls and marks that know nothing of pipelines. */
export * from "./Button";
export * from "./Chip";
export * from "./Dialog";
export * from "./Field";
export * from "./Kbd";
export * from "./Menu";
export * from "./Spinner";
export * from "./Splitter";
export * from "./States";
export * from "./StatusIcon";
export * from "./Switch";
export * from "./Tabs";
export * from "./Time";
export * from "./Toast";
export * from "./Tooltip";
export * from "./classes";
export * from "./format";
