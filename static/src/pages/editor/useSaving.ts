import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import {
  cancelRun,
  copyPipeline,
  fetchColumns,
  fetchPipeline,
  savePipeline,
  submitRun,
} from "@/api/queries.editor";
import { planBody, planRun } from "@/api/queries.plans";
import { readDocument } from "@/graph/document";
import { pipelineKeys } from "@/api/queries.pipelines";
import { runKeys } from "@/api/queries.runs";
import { live } from "@/live/live";
import { startAutosave } from "@/state/autosave";
import { documentOf, putServices } from "@/state/session";
import type { Session } from "@/state/session";
import { apiError } from "@/api/errors";
import { text } from "@/text";

const theirs = async (id: string) => {
  const { version, document } = await fetchPipeline(id);
  const read = readDocument(document);
  if (!read) throw apiError(text.editor.broken, { code: "document_shape", cure: text.editor.brokenCure });
  return { version, document: read };
};

/** Connects a session with the server: saves, runs, hears of others' saves. */
export const useSaving = (session: Session): void => {
  const client = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    const { pipeline } = session;
    let asked = 0;
    const columns = async () => {
      asked += 1;
      const ticket = asked;
      try {
        const known = await fetchColumns(pipeline);
        if (ticket === asked) session.columns.setState(known, true);
      } catch {
        // Pickers then offer what they knew; a name can be typed all the same.
      }
    };
    void columns();
    const autosave = startAutosave(session, {
      storage: localStorage,
      save: (version, document) => savePipeline(pipeline, version, document),
      fetch: () => theirs(pipeline),
      onSaved: () => {
        void columns();
        void client.invalidateQueries({ queryKey: pipelineKeys.lists });
      },
    });
    putServices(session, {
      flush: autosave.flush,
      keepMine: autosave.keepMine,
      takeTheirs: autosave.takeTheirs,
      keepMineAsCopy: async () => {
        const { id } = await copyPipeline(documentOf(session));
        autosave.takeTheirs();
        return id;
      },
      plan: ({ parameters, part, resume }, signal) =>
        planRun({ pipeline, version: session.saving.getState().version, parameters, part, resume }, signal),
      submit: async ({ experiment, name, priority, ...wish }) => {
        const run = await submitRun(
          {
            ...planBody({ pipeline, version: session.saving.getState().version, ...wish }),
            ...(experiment === "" ? {} : { experiment }),
            ...(name === "" ? {} : { name }),
            ...(priority === 0 ? {} : { priority }),
          },
          idempotencyKey(),
        );
        void client.invalidateQueries({ queryKey: runKeys.lists });
        return run;
      },
      cancel: async (run) => {
        await cancelRun(run);
      },
      go: (path) => {
        void navigate(path);
      },
    });
    let joined = false;
    const leave = live.join(`pipeline:${pipeline}`, {
      event: (event) => {
        if (event.kind === "pipeline" && event.id === pipeline)
          void autosave.notice(event.version).catch(() => undefined);
      },
      // After a break somebody may have saved: look.
      resync: () => {
        if (joined) void autosave.notice(Infinity).catch(() => undefined);
        joined = true;
      },
    });
    const refetched = session.run.subscribe((now, before) => {
      // What steps made tells pickers which columns there are.
      if (now.status !== before.status && now.status === "completed") void columns();
    });
    return () => {
      refetched();
      leave();
      void autosave.flush().finally(autosave.stop);
      putServices(session, null);
    };
  }, [session, client, navigate]);
};

/** Random also where the page is not served over https, which `crypto.randomUUID` asks for. */
const idempotencyKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
