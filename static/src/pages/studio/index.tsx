import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { editorKeys, fetchCatalogue } from "@/api/queries.editor";
import { useModuleSource, useOwnModule } from "@/api/queries.modules";
import type { OwnModule, TrialInput } from "@/api/queries.modules";
import type { Catalogue } from "@/graph/catalogue";
import { isObject } from "@/graph/json";
import { useLiveModules } from "@/live/hooks";
import { PageTitle } from "@/pages/frame/TopBar";
import { text } from "@/text";
import { studio as words } from "@/text/studio";
import { Button, ErrorState, Spinner } from "@/ui";
import { readDraft } from "./draft";
import { Studio } from "./Studio";
import { SOURCES } from "./templates";
import type { Inputs } from "./TestData";

const string = (value: unknown): string => (typeof value === "string" ? value : "");

const isInput = (value: unknown): readonly TrialInput[] => {
  if (!isObject(value)) return [];
  if (typeof value["dataset"] === "string") return [{ dataset: value["dataset"], rows: null }];
  const [run, node, output] = [string(value["run"]), string(value["node"]), string(value["output"])];
  return run === "" || node === "" || output === "" ? [] : [{ run, node, output, rows: null }];
};

/** What the address says the inputs are tested with, where the page was opened from a node. */
const inputsOf = (written: string | null): Inputs => {
  try {
    const value: unknown = JSON.parse(written ?? "{}");
    if (!isObject(value)) return {};
    return Object.fromEntries(
      Object.entries(value).flatMap(([port, input]) => isInput(input).map((one) => [port, one])),
    );
  } catch {
    return {};
  }
};

/** The source of a built-in module under a title of its own. */
const copied = (source: string, title: string): string =>
  source.replace(/^VERSION\s*=.*\n/m, "").replace(title, words.copyOf(title));

const Open = ({
  own,
  saved,
  catalogue,
}: {
  readonly own: OwnModule | null;
  readonly saved: string;
  readonly catalogue: Catalogue;
}) => {
  const [query] = useSearchParams();
  const [draft] = useState(() => (query.get("from") === null ? readDraft(own?.name ?? "") : null));
  const restored = draft !== null && draft.source !== saved;
  const [inputs] = useState(() => inputsOf(query.get("with")));
  return (
    <Studio
      own={own}
      catalogue={catalogue}
      begin={restored ? draft : { source: saved, basedOn: own?.spec.version ?? 0 }}
      restored={restored}
      saved={saved}
      inputs={inputs}
    />
  );
};

const Failed = ({ error, name }: { readonly error: unknown; readonly name: string }) => {
  const navigate = useNavigate();
  return (
    <>
      <PageTitle title={text.frame.modules} />
      <ErrorState
        message={isApiError(error) ? error.message : words.gone}
        cause={messageOf(error) === words.gone ? undefined : words.goneText}
        cure={isApiError(error) ? error.cure : undefined}
        action={
          <Button
            onClick={() => {
              void navigate(`/modules/${encodeURIComponent(name)}`);
            }}
          >
            {text.frame.modules}
          </Button>
        }
      />
    </>
  );
};

const useCatalogueOf = () => {
  useLiveModules();
  return useQuery({
    queryKey: editorKeys.catalogue,
    queryFn: ({ signal }) => fetchCatalogue(signal),
    staleTime: 60_000,
  });
};

const Loading = () => (
  <>
    <PageTitle title={text.frame.modules} />
    <Spinner label={text.frame.loading} />
  </>
);

const Edited = ({ name }: { readonly name: string }) => {
  const catalogue = useCatalogueOf();
  const own = useOwnModule(name);
  const failed = own.error ?? catalogue.error;
  if (failed && !own.data) return <Failed error={failed} name={name} />;
  if (!own.data || !catalogue.data) return <Loading />;
  return <Open key={name} own={own.data} saved={own.data.source} catalogue={catalogue.data} />;
};

const New = () => {
  const [query] = useSearchParams();
  const from = query.get("from") ?? "";
  const catalogue = useCatalogueOf();
  const original = useModuleSource(from);
  const failed = original.error ?? catalogue.error;
  if (failed) return <Failed error={failed} name={from} />;
  if (!catalogue.data || (from !== "" && !original.data)) return <Loading />;
  const saved = original.data ? copied(original.data.source, original.data.spec.title) : SOURCES.function;
  return <Open key={from} own={null} saved={saved} catalogue={catalogue.data} />;
};

/** Writing a module: a new one, a copy of one that comes with Designer (`?from=split_data@1`), or one's own. */
export const Component = () => {
  const { name = "" } = useParams();
  return name === "" ? <New /> : <Edited name={name} />;
};
