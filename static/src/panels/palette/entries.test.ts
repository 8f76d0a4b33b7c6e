import { expect, test } from "vitest";
import { makeCatalogue } from "@/graph/catalogue";
import type { DatasetEntry, ModuleSpec } from "@/graph/catalogue";
import { entriesOf, grouped, moveOf, rowsOf, searched } from "./entries";

const spec = (name: string, title: string, category: string, rest: Partial<ModuleSpec> = {}): ModuleSpec => ({
  name,
  version: 1,
  title,
  category,
  digest: "",
  description: "",
  inputs: [],
  outputs: [],
  parameters: [],
  dependencies: [],
  tags: [],
  ...rest,
});

const data = (name: string, version: number): DatasetEntry => ({
  reference: `${name}@${String(version)}`,
  id: name,
  name,
  title: name,
  version,
  type: "table",
  rows: 1,
  columns: 1,
  description: "",
});

const CATALOGUE = makeCatalogue(
  [
    spec("train_model", "Train Model", "Model Training"),
    spec("join_data", "Join Data", "Data Transformation", { tags: ["merge"] }),
    spec("split_data", "Split Data", "Data Transformation"),
    spec("split_data", "Split Data", "Data Transformation", { version: 2 }),
    spec("score_model", "Score Model", "Scoring", {
      inputs: [{ name: "m", type: "model", label: "Trained model", optional: false, help: "" }],
    }),
  ],
  [{ type: "model", title: "Trained model", family: "model", accepts: ["model"] }],
  [data("diabetes", 1), data("diabetes", 2)],
);

const ENTRIES = entriesOf(CATALOGUE);
const titles = (query: string) =>
  searched(ENTRIES, CATALOGUE, query).flatMap((group) => group.entries.map((entry) => entry.title));

test("only the newest version is offered", () => {
  expect(ENTRIES.map((entry) => entry.reference)).toEqual([
    "diabetes@2",
    "join_data@1",
    "score_model@1",
    "split_data@2",
    "train_model@1",
  ]);
});

test("data comes first, then categories in the order one works", () => {
  expect(grouped(ENTRIES).map((group) => group.category)).toEqual([
    "dataset",
    "Data Transformation",
    "Model Training",
    "Scoring",
  ]);
});

test("a search finds by title, tag, category and port", () => {
  expect(titles("split")).toEqual(["Split Data"]);
  expect(titles("merge")).toEqual(["Join Data"]);
  expect(titles("training")).toEqual(["Train Model"]);
  expect(titles("trained")).toEqual(["Score Model"]);
  expect(titles("data join")).toEqual(["Join Data"]);
  expect(titles("zebra")).toEqual([]);
});

test("a folded category hides what stands under it", () => {
  const rows = rowsOf(grouped(ENTRIES), new Set(["Data Transformation"]));

  expect(rows.map((row) => row.key)).toEqual([
    "group:dataset",
    "dataset:diabetes@2",
    "group:Data Transformation",
    "group:Model Training",
    "module:train_model@1",
    "group:Scoring",
    "module:score_model@1",
  ]);
});

test("the keys go through the tree", () => {
  const rows = rowsOf(grouped(ENTRIES), new Set(["Data Transformation"]));

  expect(moveOf(rows, "group:dataset", "ArrowDown")).toEqual({ kind: "to", key: "dataset:diabetes@2" });
  expect(moveOf(rows, "group:dataset", "ArrowUp")).toEqual({ kind: "search" });
  expect(moveOf(rows, "dataset:diabetes@2", "ArrowLeft")).toEqual({ kind: "to", key: "group:dataset" });
  expect(moveOf(rows, "group:dataset", "ArrowLeft")).toEqual({ kind: "toggle", category: "dataset" });
  expect(moveOf(rows, "group:Data Transformation", "ArrowRight")).toEqual({
    kind: "toggle",
    category: "Data Transformation",
  });
  expect(moveOf(rows, "group:dataset", "End")).toEqual({ kind: "to", key: "module:score_model@1" });
  expect(moveOf(rows, "module:score_model@1", "Enter")?.kind).toBe("take");
  expect(moveOf(rows, null, "ArrowDown")).toEqual({ kind: "to", key: "group:dataset" });
  expect(moveOf(rows, "group:dataset", "x")).toBeNull();
});
