import { isApiError, messageOf } from "@/api/errors";
import type { Finding } from "@/graph/finding";
import { readDocument } from "@/graph/document";
import type { PipelineDocument } from "@/graph/document";
import { difference } from "@/graph/edit";
import { isObject } from "@/graph/json";
import { merge } from "@/graph/merge";
import { findingsOf } from "./findings";
import { reduceSaving } from "./saving";
import type { SavingEvent, Theirs } from "./saving";
import { documentOf, edit } from "./session";
import type { Session } from "./session";
import { findUnsaved, forgetUnsaved, keepUnsaved } from "./unsaved";
import type { Keep } from "./unsaved";
import { text } from "@/text";

/** What autosave needs of the world. */
export interface World {
  readonly save: (
    version: number,
    document: PipelineDocument,
  ) => Promise<{ readonly version: number; readonly findings: readonly Finding[] }>;
  readonly fetch: () => Promise<Theirs>;
  readonly storage: Keep;
  /** Told after each acknowledged save. */
  readonly onSaved: () => void;
}

export interface Autosave {
  /** Saves at once what waits. Resolves when the server acknowledged everything, or when it cannot now. */
  readonly flush: () => Promise<void>;
  /** Somebody saved this version. */
  readonly notice: (version: number) => Promise<void>;
  readonly keepMine: () => Promise<void>;
  readonly takeTheirs: () => void;
  readonly stop: () => void;
}

const PAUSE_MS = 400;
const KEEP_MS = 150;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

/** The newer draft that a stale write was answered with. */
const theirsOf = (details: unknown): Theirs | null => {
  if (!isObject(details) || !isObject(details["current"])) return null;
  const { version, document } = details["current"];
  const read = readDocument(document);
  return typeof version === "number" && read ? { version, document: read } : null;
};

/** Puts a document in the place of the editor's without a step of its own: what others did is not ours to undo. */
const adopt = (session: Session, document: PipelineDocument) => {
  session.history.setState((history) => ({ ...history, document }));
};

/** Saves a session's document as it changes. Edits live in the document, on this machine, and then on the server. */
export const startAutosave = (session: Session, world: World): Autosave => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let keepTimer: ReturnType<typeof setTimeout> | undefined;
  let flying: Promise<void> | null = null;
  let stopped = false;

  const tell = (event: SavingEvent) => {
    session.saving.setState((saving) => reduceSaving(saving, event), true);
  };
  const keep = () => {
    const { version, base } = session.saving.getState();
    keepUnsaved(world.storage, session.pipeline, { version, base, document: documentOf(session) });
  };
  const schedule = (wait: number) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void flush(), wait);
  };

  /** Takes what the server has into the editor, or asks the person where both changed one thing. */
  const meet = (theirs: Theirs) => {
    const mine = documentOf(session);
    const merged = merge(session.saving.getState().base, mine, theirs.document);
    if (merged.overlaps.length > 0) {
      tell({ kind: "clashed", theirs, overlaps: merged.overlaps });
      keep();
      return;
    }
    const untouched = difference(theirs.document, merged.document).length === 0;
    const document = untouched ? theirs.document : merged.document;
    tell({ kind: "caught_up", theirs, document });
    adopt(session, document);
    if (untouched) forgetUnsaved(world.storage, session.pipeline);
    else schedule(0);
  };

  const send = async (): Promise<void> => {
    const { version } = session.saving.getState();
    const sent = documentOf(session);
    tell({ kind: "sent" });
    try {
      const saved = await world.save(version, sent);
      const document = documentOf(session);
      tell({ kind: "acknowledged", version: saved.version, sent, document });
      session.findings.setState(findingsOf(saved.findings), true);
      if (document === sent) {
        clearTimeout(keepTimer);
        forgetUnsaved(world.storage, session.pipeline);
      } else {
        schedule(PAUSE_MS);
      }
      world.onSaved();
    } catch (error) {
      const theirs = isApiError(error) && error.status === 409 ? theirsOf(error.details) : null;
      if (theirs) {
        meet(theirs);
        return;
      }
      const reachable = isApiError(error) && error.status !== 0 && error.status < 500;
      tell({ kind: "refused", reason: messageOf(error), cure: isApiError(error) ? error.cure : "" });
      keep();
      const saving = session.saving.getState();
      if (!reachable && saving.phase === "failed") {
        schedule(RETRY_MS[Math.min(saving.attempts, RETRY_MS.length) - 1] ?? 30_000);
      }
    }
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    while (flying) await flying;
    const { phase } = session.saving.getState();
    if (stopped || phase === "saved" || phase === "conflict") return;
    flying = send().finally(() => {
      flying = null;
    });
    await flying;
    if (session.saving.getState().phase === "waiting") await flush();
  };

  const notice = async (version: number): Promise<void> => {
    while (flying) await flying;
    if (stopped || version <= session.saving.getState().version) return;
    const theirs = await world.fetch();
    if (theirs.version > session.saving.getState().version) meet(theirs);
  };

  const unsubscribe = session.history.subscribe(({ document }, before) => {
    if (document === before.document) return;
    tell({ kind: "edited", document });
    if (session.saving.getState().phase === "saved") return;
    clearTimeout(keepTimer);
    keepTimer = setTimeout(keep, KEEP_MS);
    if (session.saving.getState().phase === "waiting") schedule(PAUSE_MS);
  });

  const now = () => void flush();
  const leaving = () => {
    const { phase } = session.saving.getState();
    if (phase === "saved") return;
    keep();
    void flush();
  };
  if (typeof window !== "undefined") {
    window.addEventListener("blur", now);
    window.addEventListener("online", now);
    window.addEventListener("pagehide", leaving);
  }

  const restore = () => {
    const unsaved = findUnsaved(world.storage, session.pipeline);
    if (!unsaved) return;
    const server = session.saving.getState();
    const merged = merge(unsaved.base, unsaved.document, server.base);
    const changes = difference(
      documentOf(session),
      merged.overlaps.length > 0 ? unsaved.document : merged.document,
    );
    if (changes.length === 0) {
      forgetUnsaved(world.storage, session.pipeline);
      return;
    }
    edit(session, { label: text.commands.restored, changes });
    if (merged.overlaps.length > 0) {
      clearTimeout(timer);
      tell({
        kind: "clashed",
        theirs: { version: server.version, document: server.base },
        overlaps: merged.overlaps,
      });
    }
  };
  restore();

  return {
    flush,
    notice,
    keepMine: async () => {
      const saving = session.saving.getState();
      if (saving.phase !== "conflict") return;
      const mine = documentOf(session);
      // Theirs comes first, ours on top as an edit: undo shows theirs again, so neither is lost.
      tell({ kind: "caught_up", theirs: saving.theirs, document: saving.theirs.document });
      adopt(session, saving.theirs.document);
      edit(session, { label: text.commands.keptMine, changes: difference(saving.theirs.document, mine) });
      await flush();
    },
    takeTheirs: () => {
      const saving = session.saving.getState();
      if (saving.phase !== "conflict") return;
      const changes = difference(documentOf(session), saving.theirs.document);
      edit(session, { label: text.commands.tookTheirs, changes });
      tell({
        kind: "caught_up",
        theirs: { ...saving.theirs, document: documentOf(session) },
        document: documentOf(session),
      });
      forgetUnsaved(world.storage, session.pipeline);
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(keepTimer);
      if (session.saving.getState().phase !== "saved") keep();
      unsubscribe();
      if (typeof window !== "undefined") {
        window.removeEventListener("blur", now);
        window.removeEventListener("online", now);
        window.removeEventListener("pagehide", leaving);
      }
    },
  };
};
