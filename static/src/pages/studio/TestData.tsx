import { useQuery } from "@tanstack/react-query";
import { fetchRun, fetchRuns, EVERY_RUN } from "@/api/queries.runs";
import type { TrialInput } from "@/api/queries.modules";
import type { Catalogue, Port } from "@/graph/catalogue";
import { familyOf, fits } from "@/graph/ports";
import { stepName } from "@/pages/shared/Status";
import { studio as words } from "@/text/studio";
import { Combobox, NumberInput, PortMark, RelativeTime, Segmented, formatShape } from "@/ui";
import styles from "./studio.module.css";

export type Inputs = Readonly<Record<string, TrialInput>>;

const KINDS = [
  { value: "dataset", label: words.kinds.dataset },
  { value: "run", label: words.kinds.run },
] as const;

interface PortProps {
  readonly port: Port;
  readonly catalogue: Catalogue;
  readonly value: TrialInput | undefined;
  readonly onChange: (value: TrialInput) => void;
}

const FromDataset = ({ port, catalogue, value, onChange }: PortProps) => {
  const newest = new Map([...catalogue.datasets.values()].reverse().map((one) => [one.name, one]));
  const options = [...newest.values()]
    .filter((one) => fits(catalogue, one.type, port.type))
    .map((one) => ({
      value: one.reference,
      label: one.title === "" ? one.name : one.title,
      ...(one.rows === null ? {} : { hint: formatShape(one.rows, one.columns ?? 0) }),
    }));
  return (
    <Combobox
      label={words.dataset(port.label)}
      placeholder={words.pickDataset}
      empty={words.noDatasets}
      value={value && "dataset" in value ? value.dataset : ""}
      options={options}
      onChange={(dataset) => {
        onChange({ dataset, rows: value?.rows ?? null });
      }}
    />
  );
};

const FromRun = ({ port, catalogue, value, onChange }: PortProps) => {
  const chosen = value && "run" in value ? value : null;
  const runs = useQuery({
    queryKey: ["runs", "for tests"],
    queryFn: ({ signal }) => fetchRuns(EVERY_RUN, "", 50, signal),
  });
  const run = useQuery({
    queryKey: ["runs", "for tests", chosen?.run],
    queryFn: ({ signal }) => fetchRun(chosen?.run ?? "", signal),
    enabled: chosen !== null && chosen.run !== "",
  });
  const outputs = Object.values(run.data?.steps ?? {}).flatMap((step) =>
    Object.entries(step.outputs)
      .filter(([, output]) => fits(catalogue, output.type, port.type))
      .map(([output, made]) => ({
        value: `${step.node}.${output}`,
        label: `${stepName(step)} · ${output}`,
        ...(made.rows == null ? {} : { hint: formatShape(made.rows, made.columns.length) }),
      })),
  );
  const rows = value?.rows ?? null;
  return (
    <>
      <Combobox
        label={words.run(port.label)}
        placeholder={words.pickRun}
        value={chosen?.run ?? ""}
        options={(runs.data?.items ?? []).map((one) => ({
          value: one.id,
          label: one.name,
          hint: <RelativeTime time={new Date(one.created * 1000).toISOString()} />,
        }))}
        onChange={(id) => {
          onChange({ run: id, node: "", output: "", rows });
        }}
      />
      {chosen !== null && chosen.run !== "" && (
        <Combobox
          label={words.output(port.label)}
          placeholder={words.pickOutput}
          empty={words.noOutput}
          value={chosen.node === "" ? "" : `${chosen.node}.${chosen.output}`}
          options={outputs}
          onChange={(text) => {
            const [node = "", output = ""] = text.split(".");
            onChange({ run: chosen.run, node, output, rows });
          }}
        />
      )}
    </>
  );
};

/** What one input is tested with: a dataset, or what a step of an earlier run made; of a table the first rows only. */
const One = (props: PortProps) => {
  const { port, catalogue, value, onChange } = props;
  const kind = value && "run" in value ? "run" : "dataset";
  const rows = value?.rows ?? null;
  return (
    <div className={styles.datum}>
      <div className={styles.datumHead}>
        <PortMark family={familyOf(catalogue, port.type)} type={port.type} filled />
        <span className={styles.datumName}>{port.label}</span>
        <Segmented
          compact
          label={words.kindOf(port.label)}
          value={kind}
          options={KINDS}
          onChange={(next) => {
            if (next === kind) return;
            onChange(
              next === "run" ? { run: "", node: "", output: "", rows } : { dataset: "", rows: rows ?? null },
            );
          }}
        />
      </div>
      {kind === "run" ? <FromRun {...props} /> : <FromDataset {...props} />}
      {port.type === "table" && (
        <label className={styles.rows}>
          <span>{words.rows}</span>
          <NumberInput
            integer
            minimum={1}
            label={words.rowsOf(port.label)}
            placeholder={words.allRows}
            value={rows}
            onChange={(next) => {
              onChange({ ...(value ?? { dataset: "" }), rows: next });
            }}
          />
        </label>
      )}
    </div>
  );
};

export interface TestDataProps {
  readonly ports: readonly Port[];
  readonly catalogue: Catalogue;
  readonly inputs: Inputs;
  readonly onChange: (inputs: Inputs) => void;
}

export const TestData = ({ ports, catalogue, inputs, onChange }: TestDataProps) =>
  ports.length === 0 ? (
    <p className={styles.quiet}>{words.noInputs}</p>
  ) : (
    ports.map((port) => (
      <One
        key={port.name}
        port={port}
        catalogue={catalogue}
        value={inputs[port.name]}
        onChange={(value) => {
          onChange({ ...inputs, [port.name]: value });
        }}
      />
    ))
  );

/** Whether something was chosen. */
export const isChosen = (input: TrialInput | undefined): input is TrialInput =>
  input !== undefined && ("dataset" in input ? input.dataset !== "" : input.output !== "");
