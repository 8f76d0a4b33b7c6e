import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, KeyRound, Plug, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { isApiError } from "@/api/errors";
import { addTarget, changeTarget, targetKeys, testTarget } from "@/api/queries.targets";
import type { Target, TargetKind, Tested } from "@/api/queries.targets";
import type { Finding } from "@/graph/finding";
import { toastError } from "@/pages/shared/openPipeline";
import { targets } from "@/text/targets";
import { Button, Dialog, Field, NumberInput, TextField } from "@/ui";
import { OptionsForm } from "./OptionsForm";
import { Findings } from "./Findings";
import { fieldsOf, wanted } from "./form";
import { KindIcon } from "./icons";
import styles from "./targets.module.css";

const words = targets.form;
const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

export interface EditProps {
  readonly kinds: readonly TargetKind[];
  /** The target to change; null adds one. */
  readonly target: Target | null;
  readonly onClose: () => void;
}

interface KindsProps {
  readonly kinds: readonly TargetKind[];
  readonly value: string;
  readonly onChange: (kind: string) => void;
}

const Kinds = ({ kinds, value, onChange }: KindsProps) => (
  <fieldset className={styles.kinds}>
    <legend>{words.kind}</legend>
    {kinds.map((kind) => (
      <label key={kind.name} className={styles.kind} data-chosen={kind.name === value || undefined}>
        <input
          type="radio"
          name="kind"
          aria-label={kind.title}
          value={kind.name}
          checked={kind.name === value}
          onChange={() => {
            onChange(kind.name);
          }}
        />
        <KindIcon kind={kind.name} />
        <span>
          <strong>{kind.title}</strong>
          <small>{kind.description}</small>
        </span>
      </label>
    ))}
  </fieldset>
);

/** Adds a target, or changes one: its form is drawn from the options of its kind, and tried before it is kept. */
export const Edit = ({ kinds, target, onClose }: EditProps) => {
  const client = useQueryClient();
  // Docker first: this machine is there already.
  const [kindName, setKind] = useState(
    target?.kind ?? (kinds.find(({ name }) => name !== "process") ?? kinds[0])?.name ?? "",
  );
  const [name, setName] = useState(target?.name ?? "");
  const [description, setDescription] = useState(target?.description ?? "");
  const [slots, setSlots] = useState<number | null>(target?.slots ?? 2);
  const [values, setValues] = useState<Readonly<Record<string, unknown>>>(target?.options ?? {});
  const [busy, setBusy] = useState<"test" | "save" | null>(null);
  const [tested, setTested] = useState<Tested | null>(null);
  const [refused, setRefused] = useState<readonly Finding[]>([]);
  const kind = kinds.find((one) => one.name === kindName);
  const fields = kind && target?.always !== true ? fieldsOf(kind.form) : [];
  const options = wanted(fields, values);
  const missing = fields.some((field) => field.required && options[field.name] === undefined);
  const badName = name !== "" && !NAME.test(name);
  const findings = tested?.findings ?? refused;
  // What a machine shows that nobody has accepted yet, as the test of the connection ends its words with it.
  const hostKey = findings.find(({ code }) => code === "host_key")?.cure.match(/\S+ AAAA\S+$/)?.[0];
  const change = (option: string, value: unknown): void => {
    setValues({ ...values, [option]: value });
    setTested(null);
    setRefused([]);
  };
  const test = (): void => {
    setBusy("test");
    testTarget(kindName, options, target?.name ?? (NAME.test(name) ? name : null))
      .then(setTested)
      .catch(toastError)
      .finally(() => {
        setBusy(null);
      });
  };
  const save = (): void => {
    setBusy("save");
    const about = { description: description.trim(), slots: slots ?? 1 };
    (target === null
      ? addTarget({ name, kind: kindName, options, ...about })
      : changeTarget(target.name, target.always ? about : { options, ...about })
    )
      .then(async () => {
        await client.invalidateQueries({ queryKey: targetKeys.all });
        onClose();
      })
      .catch((problem: unknown) => {
        if (isApiError(problem)) setRefused(problem.findings);
        toastError(problem);
      })
      .finally(() => {
        setBusy(null);
      });
  };
  return (
    <Dialog
      open
      size="medium"
      onOpenChange={onClose}
      title={target === null ? words.add : words.edit(target.title)}
      actions={
        <>
          {target?.always !== true && (
            <span className={styles.atLeft}>
              <Button icon={<Plug />} disabled={busy !== null || missing} onClick={test}>
                {busy === "test" ? targets.testing : targets.test}
              </Button>
            </span>
          )}
          <Button onClick={onClose}>{targets.cancel}</Button>
          <Button
            look="filled"
            type="submit"
            form="target-form"
            disabled={
              busy !== null || name === "" || (target === null && badName) || missing || slots === null
            }
          >
            {target === null ? words.add_ : words.save}
          </Button>
        </>
      }
    >
      <form
        id="target-form"
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {target === null && (
          <>
            <Kinds
              kinds={kinds}
              value={kindName}
              onChange={(next) => {
                setKind(next);
                setValues({});
                setTested(null);
                setRefused([]);
              }}
            />
            <TextField
              label={words.name}
              help={words.nameHelp}
              error={badName ? words.nameWrong : undefined}
              value={name}
              onChange={setName}
            />
          </>
        )}
        <OptionsForm key={kindName} fields={fields} values={values} findings={findings} onChange={change} />
        <Field label={words.slots} help={words.slotsHelp}>
          {({ id, describedBy }) => (
            <NumberInput
              id={id}
              describedBy={describedBy}
              integer
              minimum={1}
              maximum={1024}
              value={slots}
              onChange={setSlots}
            />
          )}
        </Field>
        <TextField
          label={words.description}
          placeholder={words.descriptionPlaceholder}
          value={description}
          onChange={setDescription}
        />
        <div role="status">
          {tested?.findings.length === 0 && (
            <p className={styles.works}>
              <CircleCheck aria-hidden="true" />
              {targets.works(tested.seconds.toFixed(1))}
            </p>
          )}
          {findings.length > 0 && (
            <Findings findings={findings} icon={<TriangleAlert aria-hidden="true" />} />
          )}
          {hostKey !== undefined && (
            <Button
              icon={<KeyRound />}
              onClick={() => {
                change("host_key", hostKey);
              }}
            >
              {targets.acceptKey}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
};
