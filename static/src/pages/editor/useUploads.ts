import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { isApiError, messageOf } from "@/api/errors";
import { editorKeys, fetchPipeline } from "@/api/queries.editor";
import { datasetKeys, fetchDataset } from "@/api/queries.datasets";
import { uploadDataset } from "@/api/uploads";
import type { Dataset } from "@/api/types";
import { add } from "@/commands/acts/adding";
import type { Place } from "@/graph/document";
import { findingsOf } from "@/state/findings";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { dismiss, toast } from "@/ui";

const EVERY = 700;

/** The dataset once its file was read, or could not be. */
const readThrough = async (id: string): Promise<Dataset> => {
  for (;;) {
    const dataset = await fetchDataset(id);
    if (dataset.latest.status !== "reading") return dataset;
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
};

/** Files dropped on the canvas become datasets, and nodes where they were dropped. */
export const useUploads = (session: Session) => {
  const client = useQueryClient();
  return useCallback(
    (files: readonly File[], place: Place) => {
      files.forEach((file, index) => {
        let shown = toast({ text: text.editor.uploading(file.name, 0), seconds: 3600 });
        let told = 0;
        uploadDataset(file, {
          onProgress: (share) => {
            if (share - told < 0.1) return;
            told = share;
            dismiss(shown);
            shown = toast({ text: text.editor.uploading(file.name, share), seconds: 3600 });
          },
        })
          .then((dataset) => {
            dismiss(shown);
            toast({ text: text.editor.uploaded(file.name) });
            add(
              session,
              { kind: "dataset", reference: `${dataset.name}@${String(dataset.latest.version)}` },
              { place: [place[0] + index * 40, place[1] + index * 40] },
            );
            void client.invalidateQueries({ queryKey: editorKeys.catalogue });
            void client.invalidateQueries({ queryKey: datasetKeys.lists });
            return readThrough(dataset.id).then(async (read) => {
              void client.invalidateQueries({ queryKey: editorKeys.catalogue });
              void client.invalidateQueries({ queryKey: datasetKeys.one(dataset.id) });
              const { findings } = await fetchPipeline(session.pipeline);
              session.findings.setState(findingsOf(findings), true);
              const { error } = read.latest;
              if (error) toast({ text: `${error.message} ${error.cure}`.trim(), tone: "bad" });
            });
          })
          .catch((error: unknown) => {
            dismiss(shown);
            const cure = isApiError(error) ? error.cure : "";
            toast({ text: cure === "" ? messageOf(error) : `${messageOf(error)} ${cure}`, tone: "bad" });
          });
      });
    },
    [client, session],
  );
};
