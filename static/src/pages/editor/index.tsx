import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useParams } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { editorKeys, fetchCatalogue, fetchPipeline } from "@/api/queries.editor";
import type { PipelineAnswer } from "@/api/queries.editor";
import type { Catalogue } from "@/graph/catalogue";
import { readDocument } from "@/graph/document";
import type { PipelineDocument } from "@/graph/document";
import { useLiveModules } from "@/live/hooks";
import { findingsOf } from "@/state/findings";
import { SessionProvider, createSession } from "@/state/session";
import { text } from "@/text";
import { Button, ErrorState, Spinner } from "@/ui";
import { PageTitle } from "../frame/TopBar";
import { Editor } from "./Editor";
import { TitleBar } from "./TitleBar";
import { useFollowedRun } from "./follow";
import { useOlderModules } from "./useOlderModules";
import { usePlan } from "./usePlan";
import { useSaving } from "./useSaving";
import { useTakenModule } from "./useTakenModule";

/** A phone or a very narrow window shows the graph and lets it run, but not be rewired. */
const NARROW = "(max-width: 700px)";

interface OpenProps {
  readonly answer: PipelineAnswer;
  readonly document: PipelineDocument;
  readonly catalogue: Catalogue;
}

const Open = ({ answer, document, catalogue }: OpenProps) => {
  const [session] = useState(() => {
    const narrow = matchMedia(NARROW).matches;
    const made = createSession({ pipeline: answer.id, document, readOnly: narrow });
    made.catalogue.setState(catalogue, true);
    made.findings.setState(findingsOf(answer.findings), true);
    made.saving.setState({ phase: "saved", version: answer.version, base: document }, true);
    made.run.setState({ id: answer.last_run?.id ?? null, status: answer.last_run?.status ?? null });
    if (narrow) made.view.setState({ palette: false, inspector: false });
    return made;
  });
  useOlderModules(session, catalogue);
  useSaving(session);
  useTakenModule(session);
  useFollowedRun(session);
  usePlan(session);
  return (
    <SessionProvider value={session}>
      <TitleBar />
      <Editor />
    </SessionProvider>
  );
};

const Loaded = ({ id }: { readonly id: string }) => {
  const pipeline = useQuery({
    queryKey: editorKeys.pipeline(id),
    queryFn: ({ signal }) => fetchPipeline(id, signal),
    // The session owns the document from here on; what others save comes by the live connection.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  useLiveModules();
  const catalogue = useQuery({
    queryKey: editorKeys.catalogue,
    queryFn: ({ signal }) => fetchCatalogue(signal),
    staleTime: 60_000,
  });
  const failed = pipeline.error ?? catalogue.error;
  if (failed) {
    return (
      <>
        <PageTitle title={text.frame.pipelines} />
        <ErrorState
          message={messageOf(failed)}
          cure={isApiError(failed) ? failed.cure : undefined}
          action={
            <Button
              onClick={() => {
                void pipeline.refetch();
                void catalogue.refetch();
              }}
            >
              {text.errors.retry}
            </Button>
          }
        />
      </>
    );
  }
  if (!pipeline.data || !catalogue.data) return <Spinner label={text.frame.loading} />;
  const document = readDocument(pipeline.data.document);
  if (!document) {
    return (
      <>
        <PageTitle title={pipeline.data.name} />
        <ErrorState
          message={text.editor.broken}
          cause={text.editor.brokenText}
          cure={text.editor.brokenCure}
        />
      </>
    );
  }
  return <Open answer={pipeline.data} document={document} catalogue={catalogue.data} />;
};

/** The editor of the pipeline that the address names. */
export const Component = () => {
  const { id = "" } = useParams();
  return <Loaded key={id} id={id} />;
};
