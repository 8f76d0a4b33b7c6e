import { describe, expect, it } from "vitest";
import { makeCatalogue } from "./catalogue";
import type { ModuleSpec, Parameter, Port } from "./catalogue";
import { EMPTY } from "./document";
import type { NodeEntry, PipelineDocument } from "./document";
import { begin, make, undo } from "./history";
import { newerThan, replaceModule, upgrade } from "./newer";

const port = (name: string, type = "table", optional = false): Port => ({
  name,
  type,
  label: name.toUpperCase(),
  optional,
  help: "",
});

const parameter = (name: string, more: Partial<Parameter> = {}): Parameter => ({
  name,
  kind: "integer",
  label: name.toUpperCase(),
  default: 1,
  required: false,
  nullable: false,
  help: "",
  minimum: null,
  maximum: null,
  exclusive_minimum: false,
  exclusive_maximum: false,
  pattern: "",
  choices: [],
  item: null,
  when: {},
  port: "",
  language: "",
  ...more,
});

const spec = (name: string, version: number, more: Partial<ModuleSpec> = {}): ModuleSpec => ({
  name,
  version,
  title: name,
  category: "",
  digest: "",
  description: "",
  inputs: [],
  outputs: [],
  parameters: [],
  dependencies: [],
  tags: [],
  ...more,
});

const SOURCE = spec("source", 1, { outputs: [port("data")] });
const OLD = spec("mine", 1, {
  inputs: [port("left"), port("right", "table", true)],
  outputs: [port("result"), port("rest")],
  parameters: [parameter("rows"), parameter("gone"), parameter("share")],
});
const NEW = spec("mine", 2, {
  inputs: [port("left"), port("extra")],
  outputs: [port("result"), port("more")],
  parameters: [parameter("rows"), parameter("share", { maximum: 3 }), parameter("must", { required: true })],
});
const CATALOGUE = makeCatalogue(
  [SOURCE, OLD, NEW],
  [{ type: "table", title: "Table", family: "table", accepts: ["table"] }],
  [],
);

const document = (nodes: Readonly<Record<string, NodeEntry>>): PipelineDocument => ({ ...EMPTY, nodes });

const BEFORE = document({
  s: { module: "source@1" },
  m: {
    module: "mine@1",
    inputs: { left: "s.data", right: "s.data" },
    parameters: { rows: 5, gone: 2, share: 9 },
  },
  after: { module: "mine@1", inputs: { left: "m.rest", right: "m.result" } },
});

describe("another version of a module", () => {
  it("is offered where it is newer", () => {
    expect(newerThan(CATALOGUE, OLD)).toBe(NEW);
    expect(newerThan(CATALOGUE, NEW)).toBeNull();
  });

  it("says what becomes of wires and values before it is taken, and does it in one step that can be undone", () => {
    const { effects, changes } = upgrade(BEFORE, CATALOGUE, "m", OLD, NEW);

    expect(effects).toEqual([
      { kind: "wireLost", label: "RIGHT" },
      { kind: "outLost", label: "REST", count: 1 },
      { kind: "inputNeeded", label: "EXTRA" },
      { kind: "outputNew", label: "MORE" },
      { kind: "parameterLost", label: "GONE" },
      { kind: "parameterWrong", label: "SHARE" },
      { kind: "parameterNeeded", label: "MUST" },
    ]);
    const history = make(begin(BEFORE), { label: "", changes }, 0);
    expect(history.document.nodes["m"]).toEqual({
      module: "mine@2",
      inputs: { left: "s.data" },
      parameters: { rows: 5 },
    });
    expect(history.document.nodes["after"]).toEqual({ module: "mine@1", inputs: { right: "m.result" } });
    expect(undo(history).document).toEqual(BEFORE);
  });

  it("keeps a value that is attached to a pipeline parameter", () => {
    const attached = document({ m: { module: "mine@1", parameters: { share: { parameter: "x" } } } });

    const { changes } = upgrade(attached, CATALOGUE, "m", OLD, NEW);

    expect(make(begin(attached), { label: "", changes }, 0).document.nodes["m"]?.parameters).toEqual({
      share: { parameter: "x" },
    });
  });

  it("can be another module altogether, with everything the node holds", () => {
    const changes = replaceModule(BEFORE, "m", "copy@1");

    expect(make(begin(BEFORE), { label: "", changes }, 0).document.nodes["m"]).toEqual({
      ...BEFORE.nodes["m"],
      module: "copy@1",
    });
    expect(replaceModule(BEFORE, "m", "mine@1")).toEqual([]);
  });
});
