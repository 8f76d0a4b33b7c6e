import { useEffect, useMemo, useState } from "react";
import { foreseePart } from "@/commands/acts/planning";
import { startRun } from "@/commands/acts/running";
import type { PipelineParameter } from "@/graph/document";
import type { Json } from "@/graph/json";
import { useDocument, useSession, useView } from "@/state/session";
import { text } from "@/text";
import { Button, Dialog, NumberField, Switch, TextField } from "@/ui";
import styles from "./Overlays.module.css";

/** The server's bound. */
const MOST_PRIORITY = 100;

interface ValueProps {
  readonly name: string;
  readonly parameter: PipelineParameter;
  readonly value: Json;
  readonly onChange: (value: Json) => void;
}

const Value = ({ name, parameter, value, onChange }: ValueProps) => {
  const help = parameter.help === undefined || parameter.help === "" ? undefined : parameter.help;
  switch (parameter.type) {
    case "boolean":
      return <Switch label={name} checked={value === true} onChange={onChange} {...(help ? { help } : {})} />;
    case "integer":
    case "number":
      return (
        <NumberField
          label={name}
          help={help}
          integer={parameter.type === "integer"}
          value={typeof value === "number" ? value : null}
          onChange={onChange}
        />
      );
    case "string":
      return (
        <TextField
          label={name}
          help={help}
          value={typeof value === "string" ? value : ""}
          onChange={onChange}
        />
      );
  }
};

/** What a run is asked for: parameter values, experiment, name. */
export const RunDialog = () => {
  const session = useSession();
  const part = useView((view) => view.part);
  const parameters = useDocument((document) => document.parameters);
  const [values, setValues] = useState<Readonly<Record<string, Json>>>(() =>
    Object.fromEntries(Object.entries(parameters).map(([name, { default: value }]) => [name, value ?? null])),
  );
  const [experiment, setExperiment] = useState("");
  const [name, setName] = useState("");
  const [priority, setPriority] = useState<number | null>(null);
  const wrong = priority !== null && Math.abs(priority) > MOST_PRIORITY;
  const close = () => {
    session.view.setState({ overlay: null });
  };
  const given = useMemo(
    () => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)),
    [values],
  );
  const submit = () => {
    close();
    void startRun(session, {
      part,
      parameters: given,
      experiment: experiment.trim(),
      name: name.trim(),
      priority: priority ?? 0,
    });
  };
  const [foreseen, setForeseen] = useState("");
  useEffect(() => {
    const own = new AbortController();
    const timer = setTimeout(() => {
      void foreseePart(session, { part, parameters: given }, own.signal).then((words) => {
        if (!own.signal.aborted) setForeseen(words);
      });
    }, 150);
    return () => {
      clearTimeout(timer);
      own.abort();
    };
  }, [session, part, given]);
  return (
    <Dialog
      open
      onOpenChange={close}
      title={text.running.titles[part.kind]}
      size="small"
      actions={
        <>
          <span className={styles.foreseen} role="status">
            {foreseen}
          </span>
          <Button onClick={close}>{text.running.cancel}</Button>
          <Button look="filled" type="submit" form="run-form" disabled={wrong}>
            {text.running.submit}
          </Button>
        </>
      }
    >
      <form
        id="run-form"
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {Object.entries(parameters).map(([key, parameter]) => (
          <Value
            key={key}
            name={key}
            parameter={parameter}
            value={values[key] ?? null}
            onChange={(value) => {
              setValues({ ...values, [key]: value });
            }}
          />
        ))}
        <TextField
          label={text.running.experiment}
          help={text.running.experimentHelp}
          placeholder="Default"
          value={experiment}
          onChange={setExperiment}
        />
        <TextField
          label={text.running.name}
          placeholder={text.running.namePlaceholder}
          value={name}
          onChange={setName}
        />
        <NumberField
          label={text.inspector.priority}
          help={text.running.priorityHelp}
          integer
          minimum={-MOST_PRIORITY}
          maximum={MOST_PRIORITY}
          placeholder="0"
          value={priority}
          onChange={setPriority}
          {...(wrong ? { error: text.running.priorityWrong(MOST_PRIORITY) } : {})}
        />
      </form>
    </Dialog>
  );
};
