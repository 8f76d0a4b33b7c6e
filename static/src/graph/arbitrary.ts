import fc from "fast-check";
import { makeCatalogue } from "./catalogue";
import type { Catalogue, ModuleSpec, Port } from "./catalogue";
import { EMPTY } from "./document";
import type { NodeEntry, Note, PipelineDocument, PipelineParameter, Place } from "./document";
import { setNode, setNotes, setParameter, setPlace } from "./edit";
import type { Change } from "./edit";

/** Random documents, edits and a small library, for properties that must hold for all of them. Used by tests only. */

const port = (name: string, type: string, optional = false): Port => ({
  name,
  type,
  label: name,
  optional,
  help: "",
});

const spec = (name: string, inputs: readonly Port[], outputs: readonly Port[]): ModuleSpec => ({
  name,
  version: 1,
  title: name,
  category: "Test",
  digest: "",
  description: "",
  inputs,
  outputs,
  parameters: [],
  dependencies: [],
  tags: [],
});

export const LIBRARY: Catalogue = makeCatalogue(
  [
    spec("source", [], [port("out", "table")]),
    spec("filter", [port("in", "table")], [port("out", "table"), port("how", "transformation")]),
    spec("join", [port("left", "table"), port("right", "table")], [port("out", "table")]),
    spec("learner", [], [port("model", "untrained_model")]),
    spec("train", [port("untrained", "untrained_model"), port("data", "table")], [port("model", "model")]),
    spec("look", [port("what", "any", true)], [port("it", "any")]),
  ],
  [
    { type: "table", title: "Table", family: "table", accepts: ["table"] },
    { type: "model", title: "Trained model", family: "model", accepts: ["model"] },
    { type: "untrained_model", title: "Untrained model", family: "model", accepts: ["untrained_model"] },
    {
      type: "transformation",
      title: "Transformation",
      family: "transformation",
      accepts: ["transformation"],
    },
    {
      type: "any",
      title: "Anything",
      family: "any",
      accepts: ["table", "model", "untrained_model", "transformation", "any"],
    },
  ],
  [],
);

/** Names that trip naive code: numbers sort first in objects, `__proto__` is no plain key everywhere. */
const names = ["a", "b", "c", "d", "e", "f", "g", "h", "split_2", "x y", "__proto__", "constructor"];
const MODULES = ["source@1", "filter@1", "join@1", "learner@1", "train@1", "look@1", "gone@3"];
const PORTS = ["in", "left", "right", "untrained", "data", "what"];
const OUTPUTS = ["out", "how", "model", "it"];

const name = fc.constantFrom(...names);

const entry: fc.Arbitrary<NodeEntry> = fc.record(
  {
    module: fc.constantFrom(...MODULES),
    name: fc.constantFrom("Mine", "Yours"),
    inputs: fc.dictionary(
      fc.constantFrom(...PORTS),
      fc.tuple(name, fc.constantFrom(...OUTPUTS)).map(([node, output]) => `${node}.${output}`),
      { maxKeys: 3, noNullPrototype: true },
    ),
    after: fc.uniqueArray(name, { maxLength: 2 }),
    parameters: fc.dictionary(fc.constantFrom("p", "q", "r"), fc.jsonValue({ maxDepth: 2 }).map(toJson), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    retries: fc.nat(5),
  },
  { requiredKeys: ["module"] },
);

function toJson(value: unknown): NonNullable<NodeEntry["parameters"]>[string] {
  return JSON.parse(JSON.stringify(value));
}

const place: fc.Arbitrary<Place> = fc.tuple(
  fc.integer({ min: -800, max: 800 }),
  fc.integer({ min: -800, max: 800 }),
);

const note: fc.Arbitrary<Note> = fc.record({
  id: fc.constantFrom("n1", "n2", "n3"),
  text: fc.string({ maxLength: 8 }),
  x: fc.integer({ min: -99, max: 99 }),
  y: fc.integer({ min: -99, max: 99 }),
  width: fc.constant(240),
  height: fc.constant(96),
});

const notes = fc.uniqueArray(note, { selector: ({ id }) => id, maxLength: 3 });

const parameter: fc.Arbitrary<PipelineParameter> = fc.record({
  type: fc.constantFrom("integer", "number", "string", "boolean"),
  default: fc.constantFrom(1, 0.5, "x", true),
});

const plain = { noNullPrototype: true } as const;

export const anyDocument: fc.Arbitrary<PipelineDocument> = fc
  .record({
    name: fc.constantFrom("One", "Two"),
    nodes: fc.dictionary(name, entry, { maxKeys: 9, ...plain }),
    parameters: fc.dictionary(fc.constantFrom("u", "v"), parameter, { maxKeys: 2, ...plain }),
    notes,
    places: fc.array(place, { minLength: names.length, maxLength: names.length }),
  })
  .map(({ name: title, nodes, parameters, notes: some, places }) => ({
    ...EMPTY,
    name: title,
    nodes,
    parameters,
    notes: some,
    layout: Object.fromEntries(Object.keys(nodes).map((id, at) => [id, places[at] ?? [0, 0]])),
  }));

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(name, fc.option(entry, { nil: undefined })).map(([key, value]) => setNode(key, value)),
  fc.tuple(name, fc.option(place, { nil: undefined })).map(([key, value]) => setPlace(key, value)),
  fc
    .tuple(fc.constantFrom("u", "v", "w"), fc.option(parameter, { nil: undefined }))
    .map(([key, value]) => setParameter(key, value)),
  notes.map(setNotes),
  fc.constantFrom("One", "Three").map((value): Change => ({ part: "name", value })),
  fc.constantFrom("", "Why").map((value): Change => ({ part: "description", value })),
  fc.boolean().map((value): Change => ({ part: "settings", value: { continue_on_step_failure: value } })),
);

export const anyChanges: fc.Arbitrary<readonly Change[]> = fc.array(change, { maxLength: 12 });

export const anySubset = (document: PipelineDocument): fc.Arbitrary<ReadonlySet<string>> =>
  fc.subarray(Object.keys(document.nodes)).map((ids) => new Set(ids));
