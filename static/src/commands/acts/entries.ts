import type { NodeEntry, PipelineParameter, Settings } from "@/graph/document";
import { setParameter } from "@/graph/edit";
import { changeEntry, changeNote, replaceParameter } from "@/graph/edits";
import { without } from "@/graph/json";
import type { Json } from "@/graph/json";
import { documentOf, edit } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";

/** Sets a parameter of a node; undefined goes back to the default. Typing in one field is one step. */
export const setValue = (
  session: Session,
  node: string,
  name: string,
  label: string,
  value: Json | undefined,
): void => {
  edit(session, {
    label: text.commands.steps.parameter(label),
    joins: `parameter:${node}:${name}`,
    changes: changeEntry(documentOf(session), node, (entry) => ({
      ...entry,
      parameters:
        value === undefined ? without(entry.parameters ?? {}, name) : { ...entry.parameters, [name]: value },
    })),
  });
};

type Setting =
  | "target"
  | "environment"
  | "timeout"
  | "retries"
  | "retry_delay"
  | "retry_backoff"
  | "retry_exit_codes"
  | "run_if"
  | "priority"
  | "reuse"
  | "comment"
  | "disabled"
  | "name";

/** Sets a run setting of some nodes; undefined takes it away. */
export const setSetting = <K extends Setting>(
  session: Session,
  nodes: Iterable<string>,
  key: K,
  label: string,
  value: NodeEntry[K] | undefined,
): void => {
  const document = documentOf(session);
  const ids = [...nodes];
  edit(session, {
    label: text.commands.steps.setting(label),
    joins: `setting:${ids.join(",")}:${key}`,
    changes: ids.flatMap((id) =>
      changeEntry(document, id, (entry) =>
        value === undefined
          ? Object.fromEntries(Object.entries(entry).filter(([name]) => name !== key))
          : { ...entry, [key]: value },
      ),
    ),
  });
};

export const renameNode = (session: Session, node: string, name: string, kind: string): void => {
  const clean = name.trim();
  setSetting(
    session,
    [node],
    "name",
    text.inspector.name,
    clean === "" || clean === kind ? undefined : clean,
  );
};

export const renamePipeline = (session: Session, name: string): void => {
  edit(session, {
    label: text.commands.steps.name,
    joins: "name",
    changes: documentOf(session).name === name ? [] : [{ part: "name", value: name }],
  });
};

export const describePipeline = (session: Session, description: string): void => {
  edit(session, {
    label: text.commands.steps.description,
    joins: "description",
    changes: [{ part: "description", value: description }],
  });
};

export const setPipelineSetting = (session: Session, settings: Settings): void => {
  edit(session, {
    label: text.commands.steps.setting(text.inspector.settings),
    joins: "settings",
    changes: [{ part: "settings", value: settings }],
  });
};

export const setPipelineParameter = (session: Session, name: string, parameter: PipelineParameter): void => {
  edit(session, {
    label: text.commands.steps.pipelineParameter,
    joins: `pipeline:${name}`,
    changes: [setParameter(name, parameter)],
  });
};

export const renamePipelineParameter = (session: Session, name: string, instead: string): void => {
  edit(session, {
    label: text.commands.steps.pipelineParameter,
    changes: replaceParameter(documentOf(session), name, instead),
  });
};

export const removePipelineParameter = (session: Session, name: string): void => {
  edit(session, {
    label: text.commands.steps.pipelineParameter,
    changes: replaceParameter(documentOf(session), name, null),
  });
};

/** Attaches a node's parameter to a pipeline parameter, which is made if it is new. One step. */
export const attach = (
  session: Session,
  node: string,
  name: string,
  pipelineParameter: string,
  made: PipelineParameter | null,
): void => {
  edit(session, {
    label: text.commands.steps.pipelineParameter,
    changes: [
      ...(made ? [setParameter(pipelineParameter, made)] : []),
      ...changeEntry(documentOf(session), node, (entry) => ({
        ...entry,
        parameters: { ...entry.parameters, [name]: { parameter: pipelineParameter } },
      })),
    ],
  });
};

export const writeNote = (session: Session, id: string, written: string): void => {
  edit(session, {
    label: text.commands.steps.note,
    joins: `note:${id}`,
    changes: changeNote(documentOf(session), id, { text: written }),
  });
};
