import { useState } from "react";
import type { ReactNode } from "react";
import { readAgain } from "@/api/queries.datasets";
import type { Dataset, DatasetVersion, ReadOptions } from "@/api/types";
import { toastError } from "@/pages/shared/openPipeline";
import { datasets } from "@/text/datasets";
import { Button, Field, NumberInput, Select, TextInput } from "@/ui";
import type { SelectOption } from "@/ui";
import styles from "./datasets.module.css";

const words = datasets.read;

type Options = Partial<ReadOptions>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

/** What a person asked for when the version was made. */
function asked(version: DatasetVersion): Options {
  const { options } = version;
  const header = options["header"];
  const skip = options["skip_rows"];
  const word = (name: "format" | "delimiter" | "encoding" | "quote" | "sheet"): Options =>
    typeof options[name] === "string" ? { [name]: options[name] } : {};
  return {
    ...word("format"),
    ...word("delimiter"),
    ...word("encoding"),
    ...word("quote"),
    ...word("sheet"),
    ...(typeof header === "boolean" ? { header } : {}),
    ...(typeof skip === "number" && skip > 0 ? { skip_rows: skip } : {}),
  };
}

const ENCODINGS = [
  "utf-8",
  "utf-16",
  "windows-1252",
  "iso-8859-1",
  "iso-8859-15",
  "windows-1250",
  "windows-1251",
  "shift_jis",
  "gb18030",
  "big5",
  "euc-kr",
];

const DETECT = "detect";
const CUSTOM = "custom";

const named = (names: Readonly<Record<string, string>>): readonly SelectOption[] =>
  Object.entries(names).map(([value, label]) => ({ value: `=${value}`, label }));

/** A choice whose first line is what was detected: choosing it leaves the matter to detection. */
const Choice = ({
  label,
  value,
  found,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly found: string;
  readonly options: readonly SelectOption[];
  readonly onChange: (value: string | undefined) => void;
}) => (
  <Field label={label}>
    {({ id }) => (
      <Select
        id={id}
        value={value === undefined ? DETECT : `=${value}`}
        options={[
          { value: DETECT, label: words.detected(found) },
          ...options,
          ...(value === undefined || options.some((one) => one.value === `=${value}`)
            ? []
            : [{ value: `=${value}`, label: value }]),
        ]}
        onChange={(chosen) => {
          onChange(chosen === DETECT ? undefined : chosen.slice(1));
        }}
      />
    )}
  </Field>
);

const DELIMITERS: Readonly<Record<string, string>> = words.delimiters;
const FORMATS: Readonly<Record<string, string>> = words.formats;
const QUOTES: Readonly<Record<string, string>> = words.quotes;

const without = (options: Options, key: keyof Options): Options => {
  const { [key]: _gone, ...rest } = options;
  return rest;
};

/** How a file was read, to correct: reading it again makes a new version. */
export const ReadForm = ({
  dataset,
  version,
  onRead,
}: {
  readonly dataset: string;
  readonly version: DatasetVersion;
  readonly onRead: (dataset: Dataset) => void;
}) => {
  const before = asked(version);
  const [options, setOptions] = useState<Options>(before);
  const [busy, setBusy] = useState(false);
  const [custom, setCustom] = useState(false);
  const changed = JSON.stringify(options) !== JSON.stringify(before);
  const { detected } = version;
  const format = options.format ?? text(detected["format"]);
  const delimited = format === "csv" || format === "tsv" || format === "";
  const sheets = texts(detected["sheets"]);
  const notes = texts(detected["notes"]);

  const set = (
    key: "format" | "delimiter" | "encoding" | "quote" | "sheet",
    value: string | undefined,
  ): void => {
    setOptions(value === undefined ? without(options, key) : { ...options, [key]: value });
  };
  const submit = (): void => {
    setBusy(true);
    readAgain(dataset, version.version, options)
      .then(onRead)
      .catch(toastError)
      .finally(() => {
        setBusy(false);
      });
  };

  const fields: ReactNode = (
    <>
      <Choice
        label={words.format}
        value={options.format ?? undefined}
        found={FORMATS[text(detected["format"])] ?? text(detected["format"])}
        options={named(FORMATS)}
        onChange={(value) => {
          set("format", value);
        }}
      />
      {delimited && (
        <>
          <Field label={words.delimiter}>
            {({ id }) => (
              <span className={styles.pair}>
                <Select
                  id={id}
                  value={custom ? CUSTOM : options.delimiter == null ? DETECT : `=${options.delimiter}`}
                  options={[
                    {
                      value: DETECT,
                      label: words.detected(
                        DELIMITERS[text(detected["delimiter"])] ?? text(detected["delimiter"]),
                      ),
                    },
                    ...named(DELIMITERS),
                    ...(options.delimiter != null && !(options.delimiter in DELIMITERS) && !custom
                      ? [{ value: `=${options.delimiter}`, label: options.delimiter }]
                      : []),
                    { value: CUSTOM, label: words.other },
                  ]}
                  onChange={(chosen) => {
                    setCustom(chosen === CUSTOM);
                    if (chosen !== CUSTOM) set("delimiter", chosen === DETECT ? undefined : chosen.slice(1));
                  }}
                />
                {custom && (
                  <TextInput
                    mono
                    maxLength={1}
                    aria-label={words.delimiter}
                    value={options.delimiter ?? ""}
                    onChange={(value) => {
                      set("delimiter", value === "" ? undefined : value);
                    }}
                  />
                )}
              </span>
            )}
          </Field>
          <Choice
            label={words.encoding}
            value={options.encoding ?? undefined}
            found={text(detected["encoding"])}
            options={ENCODINGS.map((name) => ({ value: `=${name}`, label: name }))}
            onChange={(value) => {
              set("encoding", value);
            }}
          />
          <Choice
            label={words.quote}
            value={options.quote ?? undefined}
            found={
              typeof detected["quote"] === "string" ? (QUOTES[detected["quote"]] ?? detected["quote"]) : ""
            }
            options={named(QUOTES)}
            onChange={(value) => {
              set("quote", value);
            }}
          />
        </>
      )}
      {(format === "excel" || sheets.length > 0) && (
        <Choice
          label={words.sheet}
          value={options.sheet ?? undefined}
          found={text(detected["sheet"])}
          options={sheets.map((name) => ({ value: `=${name}`, label: name }))}
          onChange={(value) => {
            set("sheet", value);
          }}
        />
      )}
      {(delimited || format === "excel") && (
        <>
          <Choice
            label={words.header}
            value={options.header == null ? undefined : options.header ? "yes" : "no"}
            found={typeof detected["header"] === "boolean" ? (detected["header"] ? words.yes : words.no) : ""}
            options={[
              { value: "=yes", label: words.yes },
              { value: "=no", label: words.no },
            ]}
            onChange={(value) => {
              setOptions(
                value === undefined ? without(options, "header") : { ...options, header: value === "yes" },
              );
            }}
          />
          <Field label={words.skip}>
            {({ id }) => (
              <NumberInput
                id={id}
                integer
                minimum={0}
                value={options.skip_rows ?? 0}
                onChange={(value) => {
                  setOptions(
                    value === null || value === 0
                      ? without(options, "skip_rows")
                      : { ...options, skip_rows: value },
                  );
                }}
              />
            )}
          </Field>
        </>
      )}
    </>
  );

  if (version.file_digest === "") return <p className={styles.faint}>{words.noFile}</p>;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {notes.length > 0 && (
        <ul className={styles.notes} aria-label={words.notes}>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <div className={styles.fields}>{fields}</div>
      <div className={styles.buttons}>
        <Button type="submit" look={changed ? "filled" : "outlined"} disabled={busy || !changed}>
          {words.again}
        </Button>
        {changed && (
          <Button
            look="quiet"
            onClick={() => {
              setOptions(before);
              setCustom(false);
            }}
          >
            {words.reset}
          </Button>
        )}
      </div>
    </form>
  );
};
