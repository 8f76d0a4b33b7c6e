import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { importFile, isBundle } from "@/api/queries.imports";
import { createPipeline, pipelineKeys } from "@/api/queries.pipelines";
import type { Schemas } from "@/api/types";
import { home as words } from "@/text/home";
import { toast } from "@/ui";

/** Shows what a refused request said, and what to do. */
export function toastError(error: unknown): void {
  const cure = isApiError(error) && error.cure !== "" ? ` ${error.cure}` : "";
  toast({ text: `${messageOf(error)}${cure}`, tone: "bad" });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The document in a file; null, with a message, where there is none. */
async function documentIn(file: File): Promise<Record<string, unknown> | null> {
  try {
    const read: unknown = JSON.parse(await file.text());
    if (isObject(read)) return read;
  } catch {
    // told below
  }
  toast({ text: `${words.notJson(file.name)} ${words.notJsonCure}`, tone: "bad" });
  return null;
}

export interface OpenPipeline {
  /** What is being made now: "" for an empty one, a sample's name, a file's name; null when nothing is. */
  readonly busy: string | null;
  readonly empty: () => void;
  readonly sample: (name: string) => void;
  /** A document as JSON, or a file with its modules, which is shown before it can run. */
  readonly file: (file: File) => void;
}

/** Makes a pipeline and opens it in the editor. */
export function useOpenPipeline(): OpenPipeline {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [busy, setBusy] = useState<string | null>(null);
  const make = async (
    what: string,
    body: () => Promise<Partial<Schemas["CreatePipeline"]> | null>,
  ): Promise<void> => {
    setBusy(what);
    try {
      const wanted = await body();
      if (wanted === null) return;
      const made = await createPipeline(wanted);
      void client.invalidateQueries({ queryKey: pipelineKeys.lists });
      await navigate(`/pipelines/${made.id}`);
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(null);
    }
  };
  return {
    busy,
    empty: () => void make("", () => Promise.resolve({ name: words.untitled })),
    sample: (name) => void make(name, () => Promise.resolve({ sample: name })),
    file: (file) => {
      if (isBundle(file.name)) {
        setBusy(file.name);
        importFile(file)
          .then(async ({ id }) => {
            void client.invalidateQueries({ queryKey: pipelineKeys.lists });
            await navigate(`/imports/${id}`);
          })
          .catch(toastError)
          .finally(() => {
            setBusy(null);
          });
        return;
      }
      void make(file.name, async () => {
        const document = await documentIn(file);
        return document === null ? null : { document };
      });
    },
  };
}
