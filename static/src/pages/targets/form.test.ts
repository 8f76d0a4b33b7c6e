import { describe, expect, it } from "vitest";
import { divided, fieldsOf, wanted } from "./form";

const FORM = {
  required: ["host"],
  properties: {
    host: { type: "string", title: "Machine", description: "Its name." },
    port: { anyOf: [{ type: "integer", minimum: 1, maximum: 65535 }, { type: "null" }], default: null },
    pull: { enum: ["missing", "never"], type: "string", default: "missing" },
    key: { type: "string", secret: true, multiline: true, default: "" },
    share: { type: "number", default: 0.5 },
    fast: { type: "boolean", default: false },
    folders: { type: "array", items: { $ref: "#/$defs/Share" }, default: [] },
  },
};

describe("fieldsOf", () => {
  it("finds the control of each option", () => {
    expect(fieldsOf(FORM).map(({ name, control }) => [name, control])).toEqual([
      ["host", "text"],
      ["port", "integer"],
      ["pull", "choice"],
      ["key", "secretLines"],
      ["share", "number"],
      ["fast", "switch"],
      ["folders", "json"],
    ]);
    expect(fieldsOf(FORM)[1]).toMatchObject({ title: "port", minimum: 1, maximum: 65535, required: false });
    expect(fieldsOf(FORM)[0]).toMatchObject({ title: "Machine", help: "Its name.", required: true });
  });

  it("draws nothing of what is no form", () => {
    expect(fieldsOf({})).toEqual([]);
    expect(fieldsOf({ properties: { odd: 3 } })).toEqual([]);
  });
});

describe("divided", () => {
  it("keeps a short form whole, and all that must be filled in in the open", () => {
    const few = fieldsOf(FORM);
    expect(divided(few)).toEqual([few, []]);
    const many = [...few, ...few.map((field, place) => ({ ...field, name: `more${String(place)}` }))];
    const [open, more] = divided(many);
    expect(open.map(({ name }) => name)).toEqual(["host", "port", "pull", "key", "share", "more0"]);
    expect(more).toHaveLength(8);
  });
});

describe("wanted", () => {
  it("sends what differs from what there would be anyway", () => {
    const values = {
      host: "box",
      port: null,
      pull: "missing",
      key: { secret: "kept" },
      share: 0.25,
      folders: [],
    };
    expect(wanted(fieldsOf(FORM), values)).toEqual({ host: "box", key: { secret: "kept" }, share: 0.25 });
  });
});
