import { messageOf } from "@/api/errors";
import { useStepDetail } from "@/api/queries.runs";
import type { Step } from "@/api/types";
import { inWords } from "@/graph/catalogue";
import { valueInWords } from "@/graph/reuse";
import type { ModuleSpec } from "@/graph/catalogue";
import { run as words } from "@/text/runs";
import { statuses } from "@/text/statuses";
import { ErrorState, Spinner, StatusIcon, formatBytes, formatDuration, isStatusName } from "@/ui";
import styles from "./run.module.css";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** What a step was given: its parameters, its inputs, where it ran, and each try. */
export const Facts = ({
  run,
  step,
  spec,
  onChoose,
  nameOf,
}: {
  readonly run: string;
  readonly step: Step;
  readonly spec: ModuleSpec | undefined;
  readonly onChoose: (node: string) => void;
  readonly nameOf: (node: string) => string;
}) => {
  const detail = useStepDetail(run, step.node, `${step.status} ${step.attempt}`);
  if (detail.error !== null && detail.data === undefined)
    return <ErrorState message={words.codeFailed} cause={messageOf(detail.error)} />;
  if (detail.data === undefined) return <Spinner label={words.tabs.inputs} />;
  const parameters = Object.entries(detail.data.parameters);
  const inputs = Object.entries(detail.data.inputs);
  const label = (name: string): string =>
    spec?.parameters.find((one) => one.name === name)?.label ?? inWords(name);
  const port = (name: string): string =>
    spec?.inputs.find((one) => one.name === name)?.label ?? inWords(name);
  return (
    <div className={styles.facts}>
      <h3>{words.parameters}</h3>
      {parameters.length === 0 ? (
        <p className={styles.faint}>{words.noParameters}</p>
      ) : (
        <dl>
          {parameters.map(([name, value]) => {
            const shown = valueInWords(value);
            return (
              <div key={name}>
                <dt title={name}>{label(name)}</dt>
                <dd>{shown.includes("\n") ? <pre>{shown}</pre> : shown}</dd>
              </div>
            );
          })}
        </dl>
      )}
      <h3>{words.inputs}</h3>
      {inputs.length === 0 ? (
        <p className={styles.faint}>{words.noInputs}</p>
      ) : (
        <dl>
          {inputs.map(([name, source]) => {
            const read = isObject(source) ? source : {};
            const node = text(read["node"]);
            return (
              <div key={name}>
                <dt>{port(name)}</dt>
                <dd>
                  <button
                    type="button"
                    className={styles.link}
                    onClick={() => {
                      onChoose(node);
                    }}
                  >
                    {words.from(nameOf(node), inWords(text(read["output"])))}
                  </button>
                </dd>
              </div>
            );
          })}
        </dl>
      )}
      <h3>{words.environment}</h3>
      <dl>
        {step.module !== "" && (
          <div>
            <dt>{words.table.module}</dt>
            <dd>
              <code>{step.module}</code>
            </dd>
          </div>
        )}
        {step.target !== "" && (
          <div>
            <dt>{words.target}</dt>
            <dd>{step.target}</dd>
          </div>
        )}
        {step.peak_memory != null && (
          <div>
            <dt>{words.memory}</dt>
            <dd>{formatBytes(step.peak_memory)}</dd>
          </div>
        )}
        {detail.data.key !== "" && (
          <div>
            <dt>{words.key}</dt>
            <dd>
              <code title={detail.data.key}>{detail.data.key.replace(/^sha256:/, "").slice(0, 16)}</code>
            </dd>
          </div>
        )}
      </dl>
      {detail.data.attempts_list.length > 1 && (
        <>
          <h3>{words.attempts}</h3>
          <ul className={styles.attempts}>
            {detail.data.attempts_list.map((attempt, at) => {
              const status = text(attempt["status"]);
              const seconds = attempt["seconds"];
              const exit = attempt["exit_code"];
              return (
                <li key={text(attempt["id"]) || at}>
                  <StatusIcon status={isStatusName(status) ? status : "running"} size={14} />
                  {words.attempt(at + 1)}
                  <span className={styles.faint}>
                    {statuses[status] ?? status}
                    {typeof seconds === "number" && `, ${formatDuration(seconds)}`}
                    {typeof exit === "number" && exit !== 0 && `, ${words.exit(String(exit))}`}
                  </span>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </div>
  );
};
