import { Plus, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import {
  removePipelineParameter,
  renamePipelineParameter,
  setPipelineParameter,
} from "@/commands/acts/entries";
import type { ParameterType, PipelineParameter } from "@/graph/document";
import type { Json } from "@/graph/json";
import { documentOf, useDocument, useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { Button, IconButton, NumberInput, Segmented, Select, TextInput } from "@/ui";
import { checkName, converted, suggestName, usesOf } from "./values";
import styles from "./Inspector.module.css";

const words = text.inspector;

const TYPES = ["integer", "number", "string", "boolean"] as const satisfies readonly ParameterType[];

interface NameProps {
  readonly name: string;
  readonly fresh: boolean;
}

/** The name, taken over when it is left and can be used. */
const Name = ({ name, fresh }: NameProps) => {
  const session = useSession();
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? name;
  const problem = checkName(documentOf(session), shown, name);
  const save = () => {
    if (problem === null && shown !== name) renamePipelineParameter(session, name, shown);
    setTyped(null);
  };
  return (
    <>
      <TextInput
        mono
        autoFocus={fresh}
        aria-label={form.pipeline.rename(name)}
        aria-describedby={problem === null ? undefined : id}
        invalid={problem !== null}
        value={shown}
        onChange={setTyped}
        onFocus={(event) => {
          if (fresh) event.target.select();
        }}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === "Enter") save();
          if (event.key === "Escape") setTyped(null);
        }}
      />
      {problem !== null && (
        <p id={id} className={styles.rowError} role="alert">
          {problem === "taken" ? words.nameTaken : words.nameWrong}
        </p>
      )}
    </>
  );
};

interface DefaultProps {
  readonly name: string;
  readonly parameter: PipelineParameter;
  readonly onChange: (value: Json | undefined) => void;
}

const Default = ({ name, parameter, onChange }: DefaultProps) => {
  const session = useSession();
  const label = form.pipeline.value(name);
  const value = parameter.default ?? null;
  switch (parameter.type) {
    case "boolean":
      return (
        <Segmented
          label={label}
          value={value === null ? "" : String(value)}
          disabled={session.readOnly}
          options={[
            { value: "true", label: words.values.true },
            { value: "false", label: words.values.false },
          ]}
          onChange={(next) => {
            onChange(next === "true");
          }}
        />
      );
    case "string":
      return (
        <TextInput
          aria-label={label}
          placeholder={form.pipeline.noDefault}
          value={typeof value === "string" ? value : ""}
          onChange={(next) => {
            onChange(next === "" ? undefined : next);
          }}
        />
      );
    case "integer":
    case "number":
      return (
        <NumberInput
          label={label}
          integer={parameter.type === "integer"}
          placeholder={form.pipeline.noDefault}
          value={typeof value === "number" ? value : null}
          onChange={(next) => {
            onChange(next ?? undefined);
          }}
        />
      );
  }
};

interface RowProps {
  readonly name: string;
  readonly parameter: PipelineParameter;
  readonly fresh: boolean;
}

const Row = ({ name, parameter, fresh }: RowProps) => {
  const session = useSession();
  const uses = useDocument((document) => usesOf(document.nodes, name));
  const rest = {
    ...(parameter.help === undefined ? {} : { help: parameter.help }),
  };
  const put = (type: ParameterType, value: Json | undefined) => {
    setPipelineParameter(session, name, {
      type,
      ...(value === undefined ? {} : { default: value }),
      ...rest,
    });
  };
  return (
    <li className={styles.parameter}>
      <div className={styles.parameterName}>
        <Name name={name} fresh={fresh} />
      </div>
      <IconButton
        small
        label={words.removeParameter(name)}
        title={`${words.removeParameter(name)}. ${form.pipeline.removeHelp}`}
        onClick={() => {
          removePipelineParameter(session, name);
        }}
      >
        <Trash2 />
      </IconButton>
      <Select
        label={form.pipeline.type(name)}
        value={parameter.type}
        options={TYPES.map((type) => ({ value: type, label: words.parameterTypes[type] }))}
        onChange={(next) => {
          const type = TYPES.find((one) => one === next);
          if (type !== undefined) put(type, converted(parameter.default, type));
        }}
      />
      <div className={styles.parameterDefault}>
        <Default
          key={parameter.type}
          name={name}
          parameter={parameter}
          onChange={(value) => {
            put(parameter.type, value);
          }}
        />
      </div>
      <p className={styles.uses}>{words.usedBy(uses)}</p>
    </li>
  );
};

/** What a run can be asked for: the pipeline's own parameters. */
export const PipelineParameters = () => {
  const session = useSession();
  const parameters = useDocument((document) => document.parameters);
  const [fresh, setFresh] = useState<string | null>(null);
  const names = Object.keys(parameters);
  return (
    <section className={styles.section}>
      <h3>{words.pipelineParameters}</h3>
      <p className={styles.faint}>{words.pipelineParametersHelp}</p>
      {names.length > 0 && (
        <ul className={styles.parameters}>
          {Object.entries(parameters).map(([name, parameter], at) => (
            // By place, so that a renamed one keeps the focus.
            <Row key={at} name={name} parameter={parameter} fresh={name === fresh} />
          ))}
        </ul>
      )}
      <Button
        size="small"
        icon={<Plus />}
        className={styles.start}
        onClick={() => {
          const name = suggestName(documentOf(session), form.pipeline.base);
          setPipelineParameter(session, name, { type: "number" });
          setFresh(name);
        }}
      >
        {words.addParameter}
      </Button>
    </section>
  );
};
