import { describe, expect, it } from "vitest";
import { rowsOfDeclaration, withFallback, withRole, withRow, withType, withoutRow } from "./declaration";
import type { JsonObject } from "./json";

const DECLARATION: JsonObject = {
  inputs: { data: { type: "table", format: "csv" }, rate: { type: "number", default: 0.5 } },
  outputs: { model: { type: "file" } },
  command: "python t.py --data ${{inputs.data}} $[[--rate ${{inputs.rate}}]] --model ${{outputs.model}}",
};

const row = (declaration: JsonObject, name: string) => {
  const found = rowsOfDeclaration(declaration).find((one) => one.name === name);
  if (!found) throw new Error(name);
  return found;
};

describe("a declaration", () => {
  it("is rows of ports and parameters", () => {
    expect(rowsOfDeclaration(DECLARATION).map(({ name, role, type }) => [name, role, type])).toEqual([
      ["data", "input", "table"],
      ["rate", "parameter", "number"],
      ["model", "output", "file"],
    ]);
  });

  it("takes an input for an output, and its command follows", () => {
    const changed = withRole(DECLARATION, row(DECLARATION, "data"), "output");
    expect(changed["outputs"]).toEqual({ model: { type: "file" }, data: { type: "table", format: "csv" } });
    expect(changed["inputs"]).toEqual({ rate: { type: "number", default: 0.5 } });
    expect(changed["command"]).toContain("--data ${{outputs.data}}");
  });

  it("takes an output for a parameter", () => {
    const changed = withRole(DECLARATION, row(DECLARATION, "model"), "parameter");
    expect(row(changed, "model")).toMatchObject({ role: "parameter", type: "string", optional: true });
    expect(changed["command"]).toContain("--model ${{inputs.model}}");
  });

  it("keeps a format only where the type has one", () => {
    const file = withType(DECLARATION, row(DECLARATION, "data"), "file");
    expect(file["inputs"]).toMatchObject({ data: { type: "file" } });
    const table = withType(file, row(file, "data"), "table");
    expect(table["inputs"]).toMatchObject({ data: { type: "table", format: "csv" } });
  });

  it("reads defaults in their type", () => {
    const changed = withFallback(DECLARATION, row(DECLARATION, "rate"), "0.25");
    expect(changed["inputs"]).toMatchObject({ rate: { type: "number", default: 0.25 } });
    const none = withFallback(DECLARATION, row(DECLARATION, "rate"), "");
    expect(none["inputs"]).toMatchObject({ rate: { type: "number", optional: true } });
  });

  it("gains a row and loses one, and so does its command", () => {
    const more = withRow(DECLARATION, "output", "report");
    expect(more["command"]).toMatch(/--model \$\{\{outputs\.model\}\} \$\{\{outputs\.report\}\}$/);
    const less = withoutRow(withoutRow(more, row(more, "rate")), row(more, "data"));
    expect(less["command"]).toBe("python t.py --model ${{outputs.model}} ${{outputs.report}}");
  });
});
