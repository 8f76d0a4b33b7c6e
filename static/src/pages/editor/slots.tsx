import { History, MousePointerClick } from "lucide-react";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import { useSelection, useSession } from "@/state/session";
import { text } from "@/text";
import { EmptyState } from "@/ui";

/** Why there is nothing to show; null when there is a run and one node to look at. */
export const Nothing = ({
  run,
  node,
}: {
  readonly run: string | null;
  readonly node: string | null;
}): ReactNode =>
  run === null ? (
    <EmptyState picture={<History />} title={text.editor.drawerNoRun} text={text.editor.drawerNoRunText} />
  ) : node === null ? (
    <EmptyState picture={<MousePointerClick />} title={text.editor.drawerNoNode} />
  ) : null;

/** The run the editor follows, and the one selected node. */
export const useLooked = (): { readonly run: string | null; readonly node: string | null } => {
  const session = useSession();
  const run = useStore(session.run, (state) => state.id);
  const node = useSelection(({ nodes }) => {
    const [first] = nodes;
    return nodes.size === 1 && first !== undefined ? first : null;
  });
  return { run, node };
};
