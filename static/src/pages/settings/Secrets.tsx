import { useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { deleteSecret, putSecret, secretsKey, useSecrets } from "@/api/queries.datastores";
import { toastError } from "@/pages/shared/openPipeline";
import { secrets as words } from "@/text/datastores";
import { Button, Dialog, Field, IconButton, TextField, TextInput, toast } from "@/ui";
import styles from "./settings.module.css";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** The names of secrets: new values go in, none comes out. */
export const Secrets = () => {
  const client = useQueryClient();
  const items = useSecrets().data?.items ?? [];
  const [entering, setEntering] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const close = (): void => {
    setEntering(false);
    setName("");
    setValue("");
  };
  const renew = () => client.invalidateQueries({ queryKey: secretsKey });
  return (
    <section className={styles.section}>
      <header>
        <h2>{words.title}</h2>
        <Button
          icon={<Plus />}
          onClick={() => {
            setEntering(true);
          }}
        >
          {words.add}
        </Button>
      </header>
      <p className={styles.faint}>{items.length === 0 ? `${words.none} ${words.text}` : words.text}</p>
      <ul className={styles.going}>
        {items.map((one) => (
          <li key={one.name}>
            <strong>{one.name}</strong>
            <span className={styles.faint}>
              {[one.readable ? words.version(one.version) : words.locked, one.description]
                .filter((fact) => fact !== "")
                .join(" · ")}
            </span>
            <IconButton
              small
              label={words.remove(one.name)}
              onClick={() => {
                setRemoving(one.name);
              }}
            >
              <Trash2 />
            </IconButton>
          </li>
        ))}
      </ul>
      {entering && (
        <Dialog
          open
          size="small"
          onOpenChange={close}
          title={words.add}
          actions={
            <Button
              look="filled"
              disabled={!NAME.test(name) || value.trim().length < 6}
              onClick={() => {
                putSecret(name, value, "").then(renew).then(close).catch(toastError);
              }}
            >
              {words.save}
            </Button>
          }
        >
          <TextField label={words.name} help={words.nameHelp} value={name} onChange={setName} />
          <Field label={words.value} help={words.valueHelp}>
            {({ id, describedBy }) => (
              <TextInput
                id={id}
                type="password"
                autoComplete="new-password"
                aria-describedby={describedBy}
                value={value}
                onChange={setValue}
              />
            )}
          </Field>
        </Dialog>
      )}
      {removing !== null && (
        <Dialog
          open
          size="small"
          onOpenChange={() => {
            setRemoving(null);
          }}
          title={words.removeTitle(removing)}
          actions={
            <Button
              look="danger"
              onClick={() => {
                setRemoving(null);
                deleteSecret(removing)
                  .then(async () => {
                    toast({ text: words.removed(removing) });
                    await renew();
                  })
                  .catch(toastError);
              }}
            >
              {words.delete}
            </Button>
          }
        >
          <p>{words.removeText}</p>
        </Dialog>
      )}
    </section>
  );
};
