import { useView } from "@/state/session";
import { CommandPalette } from "./CommandPalette";
import { ConflictDialog } from "./ConflictDialog";
import { GraphSearch } from "./GraphSearch";
import { RunDialog } from "./RunDialog";
import { Shortcuts } from "./Shortcuts";

/** What lies over the page: at most one thing, and the question of a conflict. */
export const Overlays = () => {
  const overlay = useView((view) => view.overlay);
  return (
    <>
      {overlay === "commands" && <CommandPalette />}
      {overlay === "shortcuts" && <Shortcuts />}
      {overlay === "search" && <GraphSearch />}
      {overlay === "run" && <RunDialog />}
      <ConflictDialog />
    </>
  );
};
