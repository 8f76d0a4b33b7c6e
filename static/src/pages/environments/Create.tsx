import { useQueryClient } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { createEnvironment, environmentKeys, useCheckedEnvironment } from "@/api/queries.environments";
import { messageOf } from "@/api/errors";
import { useFileChooser } from "@/pages/shared/FileDrop";
import { toastError } from "@/pages/shared/openPipeline";
import { environments } from "@/text/environments";
import { Button, Dialog, Field, Segmented, TextArea, TextField } from "@/ui";
import styles from "./environments.module.css";

const words = environments.form;
const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

type Kind = "text" | "conda";

const KINDS = [
  { value: "text", label: words.kinds.text },
  { value: "conda", label: words.kinds.conda },
] as const;

export interface CreateProps {
  readonly onClose: () => void;
  readonly onCreated: (name: string) => void;
}

/** Names a new environment, from packages or from a conda file; says at once what it asks for and what is wrong. */
export const Create = ({ onClose, onCreated }: CreateProps) => {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [kind, setKind] = useState<Kind>("text");
  const [source, setSource] = useState("");
  const [python, setPython] = useState("");
  const [busy, setBusy] = useState(false);
  const wanted = useMemo(
    () => ({ [kind]: source, ...(python.trim() === "" ? {} : { python: python.trim() }) }),
    [kind, source, python],
  );
  const asked = useDeferredValue(wanted);
  const checked = useCheckedEnvironment(source.trim() === "" ? null : asked);
  const findings = source.trim() === "" ? [] : (checked.data?.findings ?? []);
  const wrong = findings.some((finding) => finding.severity === "error");
  const badName = name !== "" && !NAME.test(name);
  const choose = useFileChooser({
    accept: ".txt,.in,.yml,.yaml",
    onFiles: ([file]) => {
      if (!file) return;
      setKind(/\.ya?ml$/i.test(file.name) ? "conda" : "text");
      void file.text().then(setSource);
    },
  });
  const submit = (): void => {
    setBusy(true);
    createEnvironment({ name, description: description.trim(), ...wanted })
      .then(async () => {
        await client.invalidateQueries({ queryKey: environmentKeys.all });
        onCreated(name);
      })
      .catch(toastError)
      .finally(() => {
        setBusy(false);
      });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={words.title}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            look="filled"
            type="submit"
            form="environment-form"
            disabled={busy || name === "" || badName || source.trim() === "" || wrong}
          >
            {words.create}
          </Button>
        </>
      }
    >
      <form
        id="environment-form"
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label={words.name}
          help={words.nameHelp}
          error={badName ? words.nameWrong : undefined}
          value={name}
          onChange={setName}
        />
        <div className={styles.kindRow}>
          <Segmented
            compact
            label={words.from}
            value={kind}
            options={KINDS}
            onChange={(value) => {
              setKind(value === "conda" ? "conda" : "text");
            }}
          />
          <Button size="small" look="quiet" icon={<FileUp />} onClick={choose}>
            {words.file}
          </Button>
        </div>
        <Field
          label={kind === "text" ? words.text : words.conda}
          help={kind === "text" ? words.textHelp : words.condaHelp}
        >
          {({ id, describedBy }) => (
            <TextArea
              id={id}
              className={styles.source}
              rows={7}
              spellCheck={false}
              aria-describedby={describedBy}
              placeholder={kind === "text" ? words.textPlaceholder : words.condaPlaceholder}
              value={source}
              onChange={setSource}
            />
          )}
        </Field>
        <div role="status">
          {findings.length > 0 ? (
            <ul className={styles.findings}>
              {findings.slice(0, 6).map((finding) => (
                <li key={`${String(finding.line)} ${finding.message}`} data-severity={finding.severity}>
                  {finding.message} {finding.cure}
                </li>
              ))}
            </ul>
          ) : checked.error !== null && source.trim() !== "" ? (
            <p className={styles.faint}>{messageOf(checked.error)}</p>
          ) : (
            checked.data &&
            source.trim() !== "" && (
              <p className={styles.faint}>
                {words.holds(checked.data.requirements.length)}
                {checked.data.server && `. ${words.server}`}
              </p>
            )
          )}
        </div>
        {kind === "text" && (
          <TextField label={words.python} help={words.pythonHelp} value={python} onChange={setPython} />
        )}
        <TextField
          label={words.description}
          placeholder={words.descriptionPlaceholder}
          value={description}
          onChange={setDescription}
        />
      </form>
    </Dialog>
  );
};
