export const palette = {
  label: "Modules and datasets",
  search: "Search modules and data",
  datasets: "Datasets",
  suggested: "Often next",
  none: (query: string) => `Nothing is called “${query}”.`,
  noDatasets: "Drop a CSV or Parquet file on the canvas.",
  inputs: "In",
  outputs: "Out",
  add: "Add",
  quickAdd: "Add a node",
  quickPlaceholder: "Search modules and data",
  fitting: (type: string) => `Takes ${type}`,
  giving: (type: string) => `Gives ${type}`,
  rows: (rows: string, columns: string) =>
    `${rows} ${rows === "1" ? "row" : "rows"}, ${columns} ${columns === "1" ? "column" : "columns"}`,
};
