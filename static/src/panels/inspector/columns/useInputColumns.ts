import { useStore } from "zustand";
import type { ModuleSpec, Parameter } from "@/graph/catalogue";
import type { KnownColumn } from "@/graph/columns";
import { readSource } from "@/graph/edges";
import type { NodeEntry } from "@/graph/document";
import { useSession } from "@/state/session";

/** The input whose columns a parameter selects: its own, else the first table. */
const inputOf = (spec: ModuleSpec, parameter: Parameter): string | undefined =>
  parameter.port === "" ? spec.inputs.find((port) => port.type === "table")?.name : parameter.port;

/** The columns that reach the input a parameter selects from; null while they are not known. */
export const useInputColumns = (
  entry: NodeEntry,
  spec: ModuleSpec,
  parameter: Parameter,
): readonly KnownColumn[] | null => {
  const input = inputOf(spec, parameter);
  const wire = input === undefined ? undefined : entry.inputs?.[input];
  const source = wire === undefined ? null : readSource(wire);
  return useStore(useSession().columns, (columns) =>
    source === null ? null : (columns[source.node]?.[source.output] ?? null),
  );
};
