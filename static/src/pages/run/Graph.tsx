import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { editorKeys, fetchModules } from "@/api/queries.editor";
import { useSources } from "@/api/queries.runs";
import type { Run } from "@/api/types";
import { Canvas } from "@/canvas/Canvas";
import { cardBox } from "@/graph/geometry";
import { select } from "@/state/selection";
import { SessionProvider, createSession, documentOf } from "@/state/session";
import { frozenCatalogue, frozenDocument } from "./frozen";
import styles from "./run.module.css";

/** The graph as it ran: nothing in it can be changed, its cards show the steps as they are told. */
export const Graph = ({
  run,
  chosen,
  onChoose,
}: {
  readonly run: Run;
  readonly chosen: string | null;
  readonly onChoose: (node: string | null) => void;
}) => {
  const [session] = useState(() =>
    createSession({ pipeline: run.pipeline, document: frozenDocument(run), readOnly: true }),
  );
  const library = useQuery({
    queryKey: editorKeys.modules,
    queryFn: ({ signal }) => fetchModules(signal),
    staleTime: 60_000,
  });
  const sources = useSources(run.id);
  const catalogue = useMemo(
    () => frozenCatalogue(run, library.data, sources.data ?? []),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- steps change with every event, what they are does not
    [run.id, library.data, sources.data],
  );

  useEffect(() => {
    session.catalogue.setState(catalogue, true);
  }, [session, catalogue]);

  const told = useRef<Run["steps"]>({});
  useEffect(() => {
    for (const [node, step] of Object.entries(run.steps)) {
      if (told.current[node] !== step) session.statuses.apply(node, step);
    }
    told.current = run.steps;
    session.run.setState({
      id: run.id,
      status: run.status,
      starting: false,
      canceling: run.status === "canceling",
      started: run.started ?? null,
      seconds: run.seconds ?? null,
      parameters: run.parameters,
    });
  }, [session, run]);

  // The canvas and the lists choose the same step.
  const choose = useRef(onChoose);
  useEffect(() => {
    choose.current = onChoose;
  });
  useEffect(() => {
    const now = session.selection.getState().nodes;
    if (chosen === null ? now.size === 0 : now.size === 1 && now.has(chosen)) return;
    session.selection.setState(select({ nodes: chosen === null ? [] : [chosen] }), true);
    if (chosen !== null) session.stage.current?.reveal(cardBox(documentOf(session), chosen));
  }, [session, chosen]);
  useEffect(
    () =>
      session.selection.subscribe((selection) => {
        const [only] = selection.nodes;
        choose.current(selection.nodes.size === 1 ? (only ?? null) : null);
      }),
    [session],
  );

  // When the panel beside it opens or goes, an untouched view shows everything again; else only the chosen card.
  const box = useRef<HTMLDivElement>(null);
  const touched = useRef(false);
  const shown = useRef(chosen);
  useEffect(() => {
    shown.current = chosen;
  });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (Math.abs(element.clientWidth - width) < 8) return;
      width = element.clientWidth;
      clearTimeout(timer);
      // After the canvas has measured itself.
      timer = setTimeout(() => {
        if (!touched.current) session.stage.current?.fit();
        else if (shown.current !== null)
          session.stage.current?.reveal(cardBox(documentOf(session), shown.current));
      }, 80);
    });
    observer.observe(element);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [session]);
  const touch = (): void => {
    touched.current = true;
  };

  return (
    <SessionProvider value={session}>
      <div ref={box} className={styles.graph} onPointerDownCapture={touch} onWheelCapture={touch}>
        <Canvas />
      </div>
    </SessionProvider>
  );
};
