import { useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { isApiError, messageOf } from "@/api/errors";
import { editorKeys } from "@/api/queries.editor";
import { useCheckedEnvironment } from "@/api/queries.environments";
import { keepModule, useComposed, useModuleDraft, useNewest } from "@/api/queries.modulefiles";
import type { ModuleDraft, OwnModule } from "@/api/queries.modulefiles";
import type { Finding } from "@/graph/finding";
import type { JsonObject } from "@/graph/json";
import { toastError } from "@/pages/shared/openPipeline";
import { addmodule as words } from "@/text/addmodule";
import { Button, Dialog, ErrorState, Field, Select, Spinner, TextArea, TextField, toast } from "@/ui";
import styles from "./addmodule.module.css";
import { Findings, Reached } from "./Notes";
import { Rows } from "./Rows";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value));

/** The packages that a text names, one on each line. */
const packagesIn = (text: string): readonly string[] =>
  text
    .split("\n")
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** What was said of the file itself, and of the declaration as it is now. */
const together = (draft: readonly Finding[], now: readonly Finding[]): readonly Finding[] => {
  const ofFile = draft.filter((one) => one.line > 0 || one.code.startsWith("no_"));
  const known = new Set(ofFile.map((one) => one.message));
  return [...ofFile, ...now.filter((one) => !known.has(one.message)).map((one) => ({ ...one, line: 0 }))];
};

interface FormProps {
  readonly draft: ModuleDraft;
  readonly entry: string;
  readonly onEntry: (entry: string) => void;
  readonly onClose: () => void;
  readonly onAdded: (made: OwnModule) => void;
  readonly file: string;
}

const Form = ({ draft, entry, onEntry, onClose, onAdded, file }: FormProps) => {
  const client = useQueryClient();
  const isCommand = draft.kind === "command";
  const [name, setName] = useState(draft.name);
  const [declaration, setDeclaration] = useState<JsonObject>(() => plain(draft.declaration));
  const [packages, setPackages] = useState(() => textsOf(draft.declaration["dependencies"]).join("\n"));
  const [busy, setBusy] = useState(false);
  const goodName = NAME.test(name);
  const wanted = useDeferredValue(declaration);
  const composed = useComposed(goodName ? name : draft.name, isCommand ? wanted : null);
  const newest = useNewest(goodName ? name : "");
  const environment = useCheckedEnvironment(isCommand && packages.trim() !== "" ? { text: packages } : null);
  const based = newest.data?.own === true ? newest.data.version : null;
  const builtIn = newest.data !== undefined && newest.data !== null && newest.data.own !== true;
  const spec = isCommand ? (composed.data?.spec ?? null) : draft.spec;
  const source = isCommand ? (composed.data?.source ?? "") : draft.source;
  const fatal = draft.findings.filter((one) => one.severity === "error" && one.line > 0);
  const findings = isCommand ? together(draft.findings, composed.data?.findings ?? []) : draft.findings;
  const ready =
    spec !== null && source !== "" && goodName && !builtIn && !composed.isFetching && wanted === declaration;
  const submit = (): void => {
    setBusy(true);
    keepModule(name, source, based)
      .then(async (made) => {
        await client.invalidateQueries({ queryKey: editorKeys.modules });
        toast({ text: words.added(made.spec.title) });
        onAdded(made);
      })
      .catch(toastError)
      .finally(() => {
        setBusy(false);
      });
  };
  return (
    <Dialog
      open
      size="large"
      onOpenChange={onClose}
      title={words.title(file)}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button look="filled" type="submit" form="add-module" disabled={busy || !ready}>
            {based === null ? words.add : words.addVersion(based + 1)}
          </Button>
        </>
      }
    >
      <form
        id="add-module"
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) submit();
        }}
      >
        <p className={styles.what}>{words.what(draft.what, draft.files.length)}</p>
        <Reached reach={draft.reach} />
        {draft.entries.length > 1 && (
          <Field label={words.entry}>
            {({ id }) => (
              <Select
                id={id}
                value={entry === "" ? draft.entry : entry}
                options={draft.entries.map((value) => ({ value, label: value }))}
                onChange={onEntry}
              />
            )}
          </Field>
        )}
        <div className={styles.names}>
          {isCommand && (
            <TextField
              label={words.titleLabel}
              value={textOf(declaration["display_name"])}
              onChange={(title) => {
                setDeclaration({ ...declaration, display_name: title });
              }}
            />
          )}
          <TextField
            label={words.name}
            value={name}
            onChange={setName}
            error={!goodName ? words.nameWrong : builtIn ? words.builtIn(name) : undefined}
            help={based === null ? undefined : words.newVersion(name, based + 1)}
          />
        </div>
        <Findings findings={findings} />
        {isCommand && fatal.length === 0 && (
          <>
            <section className={styles.section}>
              <h3>{words.ports}</h3>
              <p className={styles.faint}>{words.portsHelp}</p>
              <Rows
                declaration={declaration}
                guesses={draft.guesses}
                lines={draft.lines}
                onChange={setDeclaration}
              />
            </section>
            {textOf(declaration["notebook"]) === "" ? (
              <Field label={words.command} help={words.commandHelp}>
                {({ id, describedBy }) => (
                  <TextArea
                    id={id}
                    rows={3}
                    className={styles.code}
                    aria-describedby={describedBy}
                    value={textOf(declaration["command"])}
                    onChange={(command) => {
                      setDeclaration({ ...declaration, command });
                    }}
                  />
                )}
              </Field>
            ) : (
              <p className={styles.faint}>{words.notebook(textOf(declaration["notebook"]))}</p>
            )}
            <Field
              label={words.packages}
              help={
                environment.data && packages.trim() !== ""
                  ? environment.data.server
                    ? words.server
                    : words.built
                  : words.packagesHelp
              }
            >
              {({ id, describedBy }) => (
                <TextArea
                  id={id}
                  rows={Math.min(6, Math.max(2, packages.split("\n").length))}
                  className={styles.code}
                  aria-describedby={describedBy}
                  value={packages}
                  onChange={(text) => {
                    setPackages(text);
                    setDeclaration({ ...declaration, dependencies: packagesIn(text) });
                  }}
                />
              )}
            </Field>
          </>
        )}
      </form>
    </Dialog>
  );
};

export interface AddModuleProps {
  readonly file: File;
  readonly onClose: () => void;
  readonly onAdded: (made: OwnModule) => void;
}

/** Shows what a file is as a module, lets what was guessed be changed, and adds it. */
export const AddModule = ({ file, onClose, onAdded }: AddModuleProps) => {
  const [entry, setEntry] = useState("");
  const draft = useModuleDraft(file, entry);
  if (draft.data) {
    return (
      <Form
        key={draft.data.entry}
        draft={draft.data}
        entry={entry}
        onEntry={setEntry}
        onClose={onClose}
        onAdded={onAdded}
        file={file.name}
      />
    );
  }
  return (
    <Dialog
      open
      size="large"
      onOpenChange={onClose}
      title={words.title(file.name)}
      actions={<Button onClick={onClose}>{words.cancel}</Button>}
    >
      {draft.error ? (
        <ErrorState
          message={words.failed}
          cause={messageOf(draft.error)}
          cure={isApiError(draft.error) ? draft.error.cure : undefined}
        />
      ) : (
        <Spinner label={words.reading} />
      )}
    </Dialog>
  );
};
