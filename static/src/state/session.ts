import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { StoreApi } from "zustand/vanilla";
import { EMPTY_CATALOGUE } from "@/graph/catalogue";
import type { Catalogue } from "@/graph/catalogue";
import type { KnownColumn } from "@/graph/columns";
import type { PipelineDocument } from "@/graph/document";
import { EMPTY } from "@/graph/document";
import { edgesOf } from "@/graph/edges";
import { begin, make, redo, undo } from "@/graph/history";
import type { Edit, History } from "@/graph/history";
import { samePlanned } from "@/graph/reuse";
import type { PlannedStep } from "@/graph/reuse";
import type { StepView } from "@/graph/step";
import { NO_FINDINGS } from "./findings";
import type { Findings } from "./findings";
import { createKeyedStore } from "./keyed";
import type { KeyedStore } from "./keyed";
import { NO_PLAN } from "./plan";
import type { Planning } from "./plan";
import { RUN_AT_REST } from "./run";
import type { CurrentRun } from "./run";
import { UNSAVED } from "./saving";
import type { Saving } from "./saving";
import { createSelection, present } from "./selection";
import type { Selection } from "./selection";
import type { Services } from "./services";
import type { Stage } from "./stage";
import { VIEW } from "./view";
import type { View } from "./view";

/** By node and output port: the columns known there. */
export type ColumnsByPort = Readonly<Record<string, Readonly<Record<string, readonly KnownColumn[]>>>>;

/** One pipeline on the page: everything its canvas, panels and commands share. */
export interface Session {
  readonly pipeline: string;
  /** Nothing can be edited: a run's frozen graph, or a narrow screen. */
  readonly readOnly: boolean;
  readonly history: StoreApi<History>;
  readonly selection: StoreApi<Selection>;
  readonly view: StoreApi<View>;
  readonly catalogue: StoreApi<Catalogue>;
  readonly findings: StoreApi<Findings>;
  readonly columns: StoreApi<ColumnsByPort>;
  readonly saving: StoreApi<Saving>;
  readonly run: StoreApi<CurrentRun>;
  readonly statuses: KeyedStore<StepView>;
  readonly planning: StoreApi<Planning>;
  /** What a run would do with each node; empty while nobody asked to see it. */
  readonly planned: KeyedStore<PlannedStep>;
  readonly stage: { current: Stage | null };
  readonly services: { current: Services | null };
}

export interface SessionOptions {
  readonly pipeline: string;
  readonly document?: PipelineDocument;
  readonly readOnly?: boolean;
}

export const createSession = ({ pipeline, document = EMPTY, readOnly = false }: SessionOptions): Session => {
  const session: Session = {
    pipeline,
    readOnly,
    history: createStore(() => begin(document)),
    selection: createSelection(),
    view: createStore(() => VIEW),
    catalogue: createStore(() => EMPTY_CATALOGUE),
    findings: createStore(() => NO_FINDINGS),
    columns: createStore((): ColumnsByPort => ({})),
    saving: createStore(() => UNSAVED),
    run: createStore(() => RUN_AT_REST),
    statuses: createKeyedStore<StepView>(),
    planning: createStore(() => NO_PLAN),
    planned: createKeyedStore(samePlanned),
    stage: { current: null },
    services: { current: null },
  };
  // What an undo or a merge took away cannot stay selected.
  session.history.subscribe((now, before) => {
    if (now.document.nodes === before.document.nodes && now.document.notes === before.document.notes) return;
    session.selection.setState((selection) => inDocument(selection, now.document), true);
  });
  return session;
};

const inDocument = (selection: Selection, document: PipelineDocument): Selection => {
  if (selection.nodes.size + selection.wires.size + selection.notes.size === 0) return selection;
  const wires = selection.wires.size === 0 ? null : new Set(edgesOf(document.nodes).map((edge) => edge.id));
  return present(selection, (part, id) => {
    switch (part) {
      case "nodes":
        return Object.hasOwn(document.nodes, id);
      case "wires":
        return wires?.has(id) ?? false;
      case "notes":
        return document.notes.some((note) => note.id === id);
    }
  });
};

/** The document as it stands. */
export const documentOf = (session: Session): PipelineDocument => session.history.getState().document;

/** Makes an edit, one undo step. Nothing happens where nothing may be edited. */
export const edit = (session: Session, change: Edit): void => {
  if (session.readOnly || change.changes.length === 0) return;
  session.history.setState((history) => make(history, change, Date.now()), true);
};

export const undoEdit = (session: Session): void => {
  if (!session.readOnly) session.history.setState(undo, true);
};

export const redoEdit = (session: Session): void => {
  if (!session.readOnly) session.history.setState(redo, true);
};

/** The canvas enters the page, or leaves it. */
export const putStage = (session: Session, stage: Stage | null): void => {
  session.stage.current = stage;
};

/** The world behind the session comes and goes. */
export const putServices = (session: Session, services: Services | null): void => {
  session.services.current = services;
};

/** Takes a document from elsewhere; the way to it is forgotten. */
export const openDocument = (session: Session, document: PipelineDocument): void => {
  session.history.setState(begin(document), true);
};

const Context = createContext<Session | null>(null);

export const SessionProvider = Context.Provider;

/** The session of the page. */
export const useSession = (): Session => {
  const session = useContext(Context);
  if (!session) throw new Error("There is no pipeline on this page.");
  return session;
};

/** A part of the document; draws again only when that part changed. */
export const useDocument = <T>(choose: (document: PipelineDocument) => T): T =>
  useStore(useSession().history, (history) => choose(history.document));

export const useView = <T>(choose: (view: View) => T): T => useStore(useSession().view, choose);

export const useSelection = <T>(choose: (selection: Selection) => T): T =>
  useStore(useSession().selection, choose);

export const useCatalogue = (): Catalogue => useStore(useSession().catalogue);
