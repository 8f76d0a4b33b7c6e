import { KeyRound, Maximize2 } from "lucide-react";
import { useState } from "react";
import { useDatastores } from "@/api/queries.datastores";
import type { Parameter } from "@/graph/catalogue";
import type { KnownColumn } from "@/graph/columns";
import { isObject } from "@/graph/json";
import type { Json } from "@/graph/json";
import { check } from "@/graph/parameters";
import { text } from "@/text";
import { form } from "@/text/form";
import {
  Button,
  CodeEditor,
  Dialog,
  IconButton,
  NumberInput,
  Segmented,
  Select,
  TagInput,
  TextArea,
  TextInput,
  formatNumber,
} from "@/ui";
import { ColumnCombobox } from "./columns/ColumnCombobox";
import { ColumnsControl } from "./columns/ColumnsControl";
import { fitSideBySide, keyOf, readItem } from "./values";
import styles from "./form.module.css";

const words = text.inspector;

export interface ControlProps {
  readonly parameter: Parameter;
  readonly value: Json;
  /** Undefined goes back to the default. */
  readonly onChange: (value: Json | undefined) => void;
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
  readonly readOnly: boolean;
  /** Those that reach the input the parameter selects from; null while they are not known. */
  readonly columns: readonly KnownColumn[] | null;
  /** Told when what is typed can or cannot be read as a value at all. */
  readonly onUnreadable: (unreadable: boolean) => void;
}

/** What an empty field says: that it is not set, or what counts instead. */
const emptyHint = (parameter: Parameter): string => {
  if (parameter.nullable) return words.notSet;
  if (parameter.required) return "";
  return typeof parameter.default === "number" ? formatNumber(parameter.default) : "";
};

const NumberControl = ({
  parameter,
  value,
  onChange,
  id,
  describedBy,
  invalid,
  onUnreadable,
}: ControlProps) => {
  const integer = parameter.kind === "integer";
  return (
    <div
      onInput={({ target }) => {
        if (!(target instanceof HTMLInputElement)) return;
        const typed = target.value.trim().replaceAll("\u2009", "");
        const number = Number(typed);
        onUnreadable(typed !== "" && (!Number.isFinite(number) || (integer && !Number.isInteger(number))));
      }}
      onBlur={() => {
        onUnreadable(false);
      }}
    >
      <NumberInput
        id={id}
        describedBy={describedBy}
        invalid={invalid}
        integer={integer}
        minimum={parameter.minimum}
        maximum={parameter.maximum}
        placeholder={emptyHint(parameter)}
        value={typeof value === "number" ? value : null}
        onChange={(next) => {
          onChange(next ?? (parameter.nullable ? null : undefined));
        }}
      />
    </div>
  );
};

const TextControl = ({ parameter, value, onChange, id, describedBy, invalid }: ControlProps) => {
  const written = typeof value === "string" ? value : "";
  const long =
    written.includes("\n") || (typeof parameter.default === "string" && parameter.default.includes("\n"));
  const put = (next: string) => {
    onChange(next === "" && parameter.nullable ? null : next);
  };
  return long ? (
    <TextArea id={id} aria-describedby={describedBy} rows={4} value={written} onChange={put} />
  ) : (
    <TextInput
      id={id}
      aria-describedby={describedBy}
      invalid={invalid}
      placeholder={emptyHint(parameter)}
      mono={parameter.pattern !== ""}
      value={written}
      onChange={put}
    />
  );
};

const DateControl = ({ parameter, value, onChange, id, describedBy, invalid }: ControlProps) => (
  <TextInput
    id={id}
    type="date"
    aria-describedby={describedBy}
    invalid={invalid}
    value={typeof value === "string" ? value : ""}
    onChange={(next) => {
      onChange(next === "" ? (parameter.nullable ? null : undefined) : next);
    }}
  />
);

const ChoiceControl = ({ parameter, value, onChange, id, describedBy, invalid, readOnly }: ControlProps) => {
  const choices = parameter.kind === "boolean" ? [true, false] : parameter.choices;
  const named = (choice: string | number | boolean) =>
    choice === true ? words.values.true : choice === false ? words.values.false : String(choice);
  const strange = value !== null && !choices.some((choice) => choice === value);
  const unset = value === null && !parameter.nullable;
  const options = [
    ...(parameter.nullable ? [{ value: keyOf(null), label: words.notSet }] : []),
    ...(unset ? [{ value: keyOf(null), label: "" }] : []),
    ...choices.map((choice) => ({ value: keyOf(choice), label: named(choice) })),
    // A value that is no choice any more is kept in sight until another is chosen.
    ...(strange ? [{ value: keyOf(value), label: typeof value === "string" ? value : keyOf(value) }] : []),
  ];
  const choose = (key: string) => {
    const next = choices.find((choice) => keyOf(choice) === key);
    if (next !== undefined) onChange(next);
    else if (key === keyOf(null) && parameter.nullable) onChange(null);
  };
  if (!strange && !unset && fitSideBySide(choices, parameter.nullable)) {
    return (
      <Segmented
        label={parameter.label}
        describedBy={describedBy}
        value={keyOf(value)}
        options={options}
        disabled={readOnly}
        onChange={choose}
      />
    );
  }
  return (
    <Select
      id={id}
      describedBy={describedBy}
      invalid={invalid}
      value={keyOf(value)}
      options={options}
      onChange={choose}
    />
  );
};

const CodeControl = ({ parameter, value, onChange, describedBy, invalid, readOnly }: ControlProps) => {
  const [large, setLarge] = useState(false);
  const written = typeof value === "string" ? value : "";
  const editing = readOnly ? {} : { onChange };
  return (
    <div className={styles.code}>
      {!large && (
        <CodeEditor
          label={parameter.label}
          value={written}
          language={parameter.language}
          describedBy={describedBy}
          invalid={invalid}
          {...editing}
        />
      )}
      <div className={styles.codeFoot}>
        <span>{form.code.lines(written.split("\n").length)}</span>
        {parameter.language !== "text" && <span>{parameter.language}</span>}
        <IconButton
          small
          label={words.code.expand}
          onClick={() => {
            setLarge(true);
          }}
        >
          <Maximize2 />
        </IconButton>
      </div>
      <Dialog
        open={large}
        onOpenChange={setLarge}
        size="full"
        title={words.code.title(parameter.label)}
        actions={
          <Button
            look="filled"
            onClick={() => {
              setLarge(false);
            }}
          >
            {words.code.done}
          </Button>
        }
      >
        <div className={styles.large}>
          <CodeEditor
            label={parameter.label}
            value={written}
            language={parameter.language}
            fill
            autoFocus
            {...editing}
          />
        </div>
      </Dialog>
    </div>
  );
};

const SecretControl = ({ value, onChange, id, describedBy, invalid, parameter }: ControlProps) => {
  const name = isObject(value) && typeof value["secret"] === "string" ? value["secret"] : "";
  return (
    <TextInput
      id={id}
      mono
      icon={<KeyRound />}
      aria-describedby={describedBy}
      invalid={invalid}
      placeholder={words.secretPlaceholder}
      value={name}
      onChange={(next) => {
        onChange(next === "" ? (parameter.nullable ? null : undefined) : { secret: next });
      }}
    />
  );
};

const DatastoreControl = ({
  value,
  onChange,
  id,
  describedBy,
  invalid,
  parameter,
  readOnly,
}: ControlProps) => {
  const stores = useDatastores().data?.items ?? [];
  const name = isObject(value) && typeof value["datastore"] === "string" ? value["datastore"] : "";
  const named =
    name === "" || stores.some((one) => one.name === name) ? stores : [{ name, title: "?" }, ...stores];
  const options = [
    { value: "", label: named.length === 0 ? words.datastore.none : words.datastore.choose },
    ...named.map((one) => ({ value: one.name, label: `${one.name} (${one.title})` })),
  ];
  return (
    <Select
      id={id}
      describedBy={describedBy}
      invalid={invalid}
      disabled={readOnly}
      value={name}
      options={options}
      onChange={(next) => {
        onChange(next === "" ? (parameter.nullable ? null : undefined) : { datastore: next });
      }}
    />
  );
};

const ListControl = ({ parameter, value, onChange, readOnly }: ControlProps) => {
  const items: readonly Json[] = Array.isArray(value) ? value : [];
  const numbers = parameter.item === "integer" || parameter.item === "number";
  const fits = (item: string) =>
    check({ ...parameter, nullable: false }, [readItem(parameter.item, item)]) === null;
  return (
    <TagInput
      label={parameter.label}
      disabled={readOnly}
      tags={items.map((item) => (typeof item === "string" ? item : keyOf(item)))}
      placeholder={
        parameter.item === "integer" ? form.list.whole : numbers ? form.list.number : form.list.text
      }
      removeLabel={form.list.remove}
      wrong={(item) => (fits(item) ? undefined : form.list.wrong(item))}
      onChange={(tags) => {
        onChange(tags.map((tag) => readItem(parameter.item, tag)));
      }}
    />
  );
};

/** The control that edits a value of the parameter's kind. */
export const Control = (props: ControlProps) => {
  const { parameter, value, onChange, id, describedBy, invalid, columns } = props;
  switch (parameter.kind) {
    case "integer":
    case "number":
      return <NumberControl {...props} />;
    case "string":
      return <TextControl {...props} />;
    case "date":
      return <DateControl {...props} />;
    case "boolean":
    case "choice":
      return <ChoiceControl {...props} />;
    case "code":
      return <CodeControl {...props} />;
    case "secret":
      return <SecretControl {...props} />;
    case "datastore":
      return <DatastoreControl {...props} />;
    case "list":
      return <ListControl {...props} />;
    case "column":
      return (
        <ColumnCombobox
          id={id}
          label={parameter.label}
          value={value}
          columns={columns}
          invalid={invalid}
          describedBy={describedBy}
          onChange={(next) => {
            onChange(next ?? (parameter.nullable ? null : undefined));
          }}
        />
      );
    case "columns":
      return (
        <ColumnsControl
          id={id}
          label={parameter.label}
          value={value}
          columns={columns}
          invalid={invalid}
          describedBy={describedBy}
          onChange={onChange}
        />
      );
  }
};
