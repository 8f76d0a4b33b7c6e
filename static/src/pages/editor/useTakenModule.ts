import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { replaceModule } from "@/graph/newer";
import { documentOf, edit } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";

/** Back from making a node's module one's own: the node takes the copy, in a step that can be undone. */
export const useTakenModule = (session: Session): void => {
  const [query, setQuery] = useSearchParams();
  const node = query.get("node");
  const module = query.get("module");
  useEffect(() => {
    if (node === null || module === null) return;
    edit(session, {
      label: text.commands.steps.takeModule,
      changes: replaceModule(documentOf(session), node, module),
    });
    setQuery({}, { replace: true });
  }, [session, node, module, setQuery]);
};
