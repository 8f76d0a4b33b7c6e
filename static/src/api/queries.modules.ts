/** A module with its source. */
import { useQuery } from "@tanstack/react-query";
import { get } from "./client";
import type { Schemas } from "./types";

/** The source of a module by its reference, `split_data@1`; nothing is asked for "". */
export const useModuleSource = (reference: string) =>
  useQuery({
    queryKey: ["modules", "source", reference],
    queryFn: ({ signal }) =>
      get<Schemas["ModuleSource"]>(`/api/modules/${encodeURIComponent(reference)}`, undefined, signal),
    staleTime: 60_000,
    enabled: reference !== "",
  });
