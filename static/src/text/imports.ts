const plural = (count: number, one: string, many: string) =>
  count === 1 ? `1 ${one}` : `${String(count)} ${many}`;

/** What came from elsewhere. */
export const imports = {
  title: "Imports",
  none: "Nothing was imported yet",
  noneText: "Drop a .designer.zip file on the list of pipelines. What is in it is shown before it can run.",
  failed: "The import could not be read.",
  listFailed: "The imports could not be read.",
  waiting: "Not accepted",
  accepted: "Accepted",
  warning: "Look at it first. Nothing of this file has been run.",
  warningText:
    "Its modules and pipelines can be opened, and cannot run until you accept them. What runs can do whatever you can do on this machine.",
  accept: "Accept and let it run",
  acceptedText: (when: string) => `Accepted ${when}. Its modules and pipelines run like any other.`,
  done: "Accepted. It can run now.",
  summary: (modules: number, pipelines: number) =>
    `${plural(modules, "module", "modules")}, ${plural(pipelines, "pipeline", "pipelines")}`,
  modules: "Modules",
  pipelines: "Pipelines",
  known: "known and trusted",
  asHere: (name: string) => `here ${name}`,
  packages: "Packages",
  files: "Files",
  code: "Code",
  nodes: (count: number) => plural(count, "node", "nodes"),
  codeIn: (nodes: readonly string[]) => `Carries code in ${nodes.join(", ")}`,
  reads: (datasets: readonly string[]) => `Reads ${datasets.join(", ")}`,
  open: "Open",
  missing: "Modules that are neither here nor in the file",
  digest: "Digest of the file",
  reading: "Reading the file. Nothing of it is run.",
  banner: "This pipeline uses code that came from elsewhere, and that nobody has accepted.",
  review: "Look at the imports",
  export: "Export with modules",
  cutOff: "This import was cut off. What came of it stays untrusted; import the file again.",
};
