import type { QueryClient } from "@tanstack/react-query";
import { deleteRun as remove, restoreRun, runKeys } from "@/api/queries.runs";
import type { RunSummary } from "@/api/types";
import { runs as words } from "@/text/runs";
import { toast } from "@/ui";
import { toastError } from "./openPipeline";

/** Brings a deleted run back into the list. */
export const bringBack = async (client: QueryClient, run: RunSummary): Promise<void> => {
  await restoreRun(run.id);
  toast({ text: words.broughtBack(run.name), seconds: 3 });
  await client.invalidateQueries({ queryKey: runKeys.lists });
};

/** Deletes a run; for a while it can be taken back, at once by the message itself. */
export const deleteRun = async (client: QueryClient, run: RunSummary): Promise<void> => {
  await remove(run.id);
  toast({
    text: words.deletedToast(run.name),
    seconds: 10,
    action: {
      label: words.undo,
      do: () => {
        bringBack(client, run).catch(toastError);
      },
    },
  });
  await client.invalidateQueries({ queryKey: runKeys.lists });
};
