import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useNavigate } from "react-router";
import { editorKeys, fetchCatalogue } from "@/api/queries.editor";
import { importFile, isBundle } from "@/api/queries.imports";
import type { OwnModule } from "@/api/queries.modulefiles";
import { add } from "@/commands/acts/adding";
import type { Place } from "@/graph/document";
import { toastError } from "@/pages/shared/openPipeline";
import type { Session } from "@/state/session";

/** What is read as a module; everything else is data. */
const MODULE = /\.(py|ipynb|ya?ml|r|sh|bash|jl|pl|zip)$/i;

interface Dropped {
  readonly file: File;
  readonly place: Place;
}

/** Files of code dropped on the canvas are looked at one after the other; added, each is a node where it was dropped. */
export const useModuleDrops = (session: Session, upload: (files: readonly File[], place: Place) => void) => {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [waiting, setWaiting] = useState<readonly Dropped[]>([]);
  const next = waiting[0];
  const onFiles = useCallback(
    (files: readonly File[], place: Place) => {
      const bundle = files.find((file) => isBundle(file.name));
      if (bundle) {
        importFile(bundle)
          .then(({ id }) => navigate(`/imports/${id}`))
          .catch(toastError);
        return;
      }
      const code = files.filter((file) => MODULE.test(file.name));
      const data = files.filter((file) => !MODULE.test(file.name));
      if (data.length > 0) upload(data, place);
      setWaiting((before) => [...before, ...code.map((file) => ({ file, place }))]);
    },
    [navigate, upload],
  );
  const close = useCallback(() => {
    setWaiting((before) => before.slice(1));
  }, []);
  const added = useCallback(
    (made: OwnModule) => {
      close();
      void client
        .fetchQuery({
          queryKey: editorKeys.catalogue,
          queryFn: ({ signal }) => fetchCatalogue(signal),
          staleTime: 0,
        })
        .then((catalogue) => {
          session.catalogue.setState(catalogue, true);
          add(
            session,
            { kind: "module", reference: `${made.name}@${String(made.spec.version)}` },
            { place: next?.place },
          );
        });
    },
    [client, close, next, session],
  );
  return { onFiles, file: next?.file ?? null, added, close };
};
