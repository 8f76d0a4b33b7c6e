import { useQueryClient } from "@tanstack/react-query";
import { Check, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { isApiError, messageOf } from "@/api/errors";
import { changeDatastore, datastoreKeys, registerDatastore, tryDatastore } from "@/api/queries.datastores";
import type { Datastore, DatastoreKind, Tried } from "@/api/queries.datastores";
import { datastores } from "@/text/datastores";
import { Button, Dialog, Field, NumberInput, Segmented, Switch, TextArea, TextField, TextInput } from "@/ui";
import styles from "./datastores.module.css";
import { optionsOf } from "./schema";
import type { Option } from "./schema";

const words = datastores.form;
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

type Values = Readonly<Record<string, string | number | boolean>>;

/** What is wrong with each field, by its name; what belongs to none under "". */
type Wrong = Readonly<Record<string, string>>;

export const Outcome = ({ tried }: { readonly tried: Tried }) => {
  const wrong = tried.findings.some((finding) => finding.severity === "error");
  return (
    <div className={styles.outcome} data-good={!wrong} role="status">
      {wrong ? <TriangleAlert aria-hidden="true" /> : <Check aria-hidden="true" />}
      <div>
        {!wrong && tried.entries != null && (
          <p>
            {datastores.good(tried.entries)}
            {tried.writable === true
              ? datastores.writable
              : tried.writable === false
                ? datastores.readOnly
                : "."}
          </p>
        )}
        {tried.findings.map((finding) => (
          <p key={`${finding.code} ${finding.message}`}>
            {finding.message} <span className={styles.soft}>{finding.cure}</span>
          </p>
        ))}
      </div>
    </div>
  );
};

const Input = ({
  option,
  value,
  error,
  kept,
  onChange,
}: {
  readonly option: Option;
  readonly value: string | number | boolean;
  readonly error: string | undefined;
  readonly kept: boolean;
  readonly onChange: (value: string | number | boolean) => void;
}) => {
  if (option.type === "boolean")
    return <Switch label={option.title} checked={value === true} onChange={onChange} />;
  const help = kept ? words.kept : option.help;
  return (
    <Field label={option.title} error={error} {...(help === "" ? {} : { help })}>
      {({ id, describedBy }) =>
        option.type === "number" ? (
          <NumberInput
            id={id}
            integer
            value={typeof value === "number" ? value : null}
            describedBy={describedBy}
            invalid={error !== undefined}
            onChange={(next) => {
              onChange(next ?? "");
            }}
          />
        ) : option.multiline ? (
          <TextArea
            id={id}
            rows={4}
            className={styles.key}
            aria-describedby={describedBy}
            value={String(value)}
            onChange={onChange}
          />
        ) : (
          <TextInput
            id={id}
            type={option.secret ? "password" : "text"}
            autoComplete={option.secret ? "new-password" : "off"}
            placeholder={kept ? "••••••••" : undefined}
            aria-describedby={describedBy}
            invalid={error !== undefined}
            value={String(value)}
            onChange={onChange}
          />
        )
      }
    </Field>
  );
};

export interface FormProps {
  readonly kinds: readonly DatastoreKind[];
  /** The one that is edited; else a new one is made. */
  readonly datastore?: Datastore;
  readonly onClose: () => void;
  readonly onSaved: (name: string) => void;
}

/** Registers a datastore, or changes one; tries its settings before. */
export const Form = ({ kinds, datastore, onClose, onSaved }: FormProps) => {
  const client = useQueryClient();
  const [kindName, setKindName] = useState(datastore?.kind ?? kinds[0]?.name ?? "local");
  const [name, setName] = useState(datastore?.name ?? "");
  const [description, setDescription] = useState(datastore?.description ?? "");
  const [typed, setTyped] = useState<Values>({});
  const [wrong, setWrong] = useState<Wrong>({});
  const [tried, setTried] = useState<Tried | null>(null);
  const [busy, setBusy] = useState(false);
  const kind = kinds.find((one) => one.name === kindName);
  if (kind === undefined) return null;
  const options = optionsOf(kind);
  const before: Readonly<Record<string, unknown>> = datastore?.options ?? {};
  const valueOf = (option: Option): string | number | boolean => {
    const own = typed[`${kind.name}.${option.name}`];
    if (own !== undefined) return own;
    const old = before[option.name];
    if (option.secret || (typeof old !== "string" && typeof old !== "number" && typeof old !== "boolean"))
      return option.initial;
    return old;
  };
  const isKept = (option: Option): boolean =>
    option.secret && typeof before[option.name] === "object" && valueOf(option) === "";
  const given = Object.fromEntries(
    options
      .filter((option) => !isKept(option) && (valueOf(option) !== "" || datastore !== undefined))
      .map((option) => [option.name, valueOf(option)]),
  );
  const complete = options.every((option) => !option.required || valueOf(option) !== "" || isKept(option));
  const badName = name !== "" && !NAME.test(name);
  const explain = (error: unknown): void => {
    if (!isApiError(error) || error.findings.length === 0) {
      setWrong({ "": `${messageOf(error)} ${isApiError(error) ? error.cure : ""}` });
      return;
    }
    setWrong(
      Object.fromEntries(
        error.findings.map((one) => [one.parameter ?? "", one.message.replace(/^\w+: /, "")]),
      ),
    );
  };
  const work = (doing: () => Promise<void>): void => {
    setBusy(true);
    setWrong({});
    setTried(null);
    doing()
      .catch(explain)
      .finally(() => {
        setBusy(false);
      });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={datastore === undefined ? words.title : words.edit(datastore.name)}
      actions={
        <>
          <Button
            disabled={busy || !complete}
            onClick={() => {
              work(async () => {
                setTried(
                  await tryDatastore({
                    kind: kind.name,
                    options: given,
                    ...(datastore === undefined ? {} : { name: datastore.name }),
                  }),
                );
              });
            }}
          >
            {busy ? datastores.testing : datastores.test}
          </Button>
          <Button
            look="filled"
            type="submit"
            form="datastore-form"
            disabled={busy || !complete || name === "" || badName}
          >
            {datastore === undefined ? words.add : words.save}
          </Button>
        </>
      }
    >
      <form
        id="datastore-form"
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          work(async () => {
            const saved =
              datastore === undefined
                ? await registerDatastore({ name, kind: kind.name, options: given, description })
                : await changeDatastore(name, { options: given, description });
            await client.invalidateQueries({ queryKey: datastoreKeys.all });
            onSaved(saved.name);
          });
        }}
      >
        {datastore === undefined && (
          <>
            <Segmented
              compact
              label={words.kind}
              value={kind.name}
              options={kinds.map((one) => ({ value: one.name, label: one.title }))}
              onChange={(next) => {
                setKindName(next);
                setTried(null);
                setWrong({});
              }}
            />
            <p className={styles.soft}>{kind.description}</p>
            <TextField
              label={words.name}
              help={words.nameHelp}
              error={badName ? words.nameWrong : wrong["name"]}
              value={name}
              onChange={setName}
            />
          </>
        )}
        {options.map((option) => (
          <Input
            key={`${kind.name}.${option.name}`}
            option={option}
            value={valueOf(option)}
            error={wrong[option.name]}
            kept={isKept(option)}
            onChange={(value) => {
              setTyped((old) => ({ ...old, [`${kind.name}.${option.name}`]: value }));
            }}
          />
        ))}
        <TextField label={words.description} value={description} onChange={setDescription} />
        {wrong[""] !== undefined && (
          <p className={styles.wrong} role="alert">
            {wrong[""]}
          </p>
        )}
        {tried !== null && <Outcome tried={tried} />}
      </form>
    </Dialog>
  );
};
