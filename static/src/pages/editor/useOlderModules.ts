import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { fetchModule, moduleKeys } from "@/api/queries.modules";
import { referenceOf } from "@/graph/catalogue";
import type { Catalogue, ModuleSpec } from "@/graph/catalogue";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";

/** The catalogue holds the newest versions; what the document names beside them is asked for, once each. */
export const useOlderModules = (session: Session, catalogue: Catalogue): void => {
  const client = useQueryClient();
  useEffect(() => {
    const older = new Map<string, ModuleSpec>();
    const asked = new Set<string>();
    const show = (): void => {
      const modules = new Map([...older, ...catalogue.modules]);
      session.catalogue.setState({ ...catalogue, modules }, true);
    };
    const look = (): void => {
      for (const { module } of Object.values(documentOf(session).nodes)) {
        if (module === undefined || module === "" || catalogue.modules.has(module) || asked.has(module))
          continue;
        asked.add(module);
        client
          .fetchQuery({
            queryKey: moduleKeys.source(module),
            queryFn: ({ signal }) => fetchModule(module, signal),
            staleTime: Infinity,
            retry: false,
          })
          .then(({ spec }) => {
            if (referenceOf(spec) !== module) return;
            older.set(module, spec);
            show();
          })
          // What is nowhere keeps its place on the canvas, with its wires and values.
          .catch(() => undefined);
      }
    };
    show();
    look();
    return session.history.subscribe((now, before) => {
      if (now.document.nodes !== before.document.nodes) look();
    });
  }, [session, catalogue, client]);
};
