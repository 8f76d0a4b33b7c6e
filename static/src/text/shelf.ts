/** What the palette says beyond `text.palette`. */
export const shelf = {
  clear: "Clear the search",
  hide: "Hide modules and data",
  found: (count: number) => (count === 1 ? "1 found" : `${String(count)} found`),
  noneHelp: "Search by what it does, such as “join” or “missing”, or by a port, such as “model”.",
  drop: "Drop a CSV, Parquet or Excel file on the canvas to add data.",
  addThis: (title: string) => `Add ${title}`,
  noPorts: "none",
  version: (version: number) => `version ${String(version)}`,
  reading: "not read yet",
  empty: "No modules were found.",
  list: "Modules and data, by category",
} as const;
