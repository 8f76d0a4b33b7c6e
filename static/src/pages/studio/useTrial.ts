import { useState } from "react";
import { tryModule } from "@/api/queries.modules";
import type { TrialInput } from "@/api/queries.modules";
import { isApiError } from "@/api/errors";
import type { Run, Step } from "@/api/types";
import { isStepOver } from "@/api/types";
import type { Finding } from "@/graph/finding";
import type { Json } from "@/graph/json";
import { useRun } from "@/live/hooks";
import { toastError } from "@/pages/shared/openPipeline";

/** The node of the run that is the module. */
export const TESTED = "module";

export interface Trial {
  readonly run: Run | null;
  readonly step: Step | null;
  /** The source that was tried. */
  readonly source: string;
  readonly busy: boolean;
  /** Why it was refused before anything ran. */
  readonly refused: readonly Finding[];
  readonly begin: (
    name: string,
    source: string,
    inputs: Readonly<Record<string, TrialInput>>,
    parameters: Readonly<Record<string, Json>>,
  ) => void;
}

/** Tries a source out, and follows its run. */
export const useTrial = (): Trial => {
  const [tried, setTried] = useState<{ readonly id: string | null; readonly source: string }>({
    id: null,
    source: "",
  });
  const [asking, setAsking] = useState(false);
  const [refused, setRefused] = useState<readonly Finding[]>([]);
  const { run } = useRun(tried.id);
  const step = run?.steps[TESTED] ?? null;
  return {
    run,
    step,
    source: tried.source,
    busy: asking || (tried.id !== null && (step === null || !isStepOver(step.status))),
    refused,
    begin: (name, source, inputs, parameters) => {
      setAsking(true);
      setRefused([]);
      tryModule(name, source, inputs, parameters)
        .then(({ id }) => {
          setTried({ id, source });
        })
        .catch((error: unknown) => {
          if (isApiError(error) && error.findings.length > 0) setRefused(error.findings);
          else toastError(error);
        })
        .finally(() => {
          setAsking(false);
        });
    },
  };
};

/** The line of the source that a step failed at; 0 where it is not told. */
export const lineOf = (step: Step | null): number => {
  const found = /^module\.py, line (\d+)/.exec(step?.error?.where ?? "");
  return found ? Number(found[1]) : 0;
};
