export const modules = {
  search: "Search modules",
  count: (count: number) => (count === 1 ? "1 module" : `${String(count)} modules`),
  broken: "Files that are no modules",
  pick: "Choose a module to read about it",
  inputs: "Inputs",
  outputs: "Outputs",
  parameters: "Parameters",
  none: "none",
  version: "version",
  default: "default",
  line: (line: number) => `Line ${String(line)}`,
};
