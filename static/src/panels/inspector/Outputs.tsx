import { Eye } from "lucide-react";
import type { Port } from "@/graph/catalogue";
import { familyOf, typeTitle } from "@/graph/ports";
import { isOver } from "@/graph/step";
import type { StepView } from "@/graph/step";
import { useCatalogue } from "@/state/session";
import { form } from "@/text/form";
import { Button, Duration, PortMark, formatBytes, formatNumber, formatShape } from "@/ui";
import type { OnPreview } from "./Inspector";
import styles from "./Inspector.module.css";

export interface OutputsProps {
  readonly node: string;
  readonly ports: readonly Port[];
  readonly step: StepView | undefined;
  readonly onPreview: OnPreview;
}

/** What a step made, by port. */
export const Outputs = ({ node, ports, step, onPreview }: OutputsProps) => {
  const catalogue = useCatalogue();
  if (ports.length === 0) return <p className={styles.faint}>{form.outputs.noPorts}</p>;
  return (
    <div className={styles.stack}>
      <ul className={styles.outputs}>
        {ports.map((port) => {
          const output = step?.outputs?.[port.name];
          const facts = [
            output?.rows != null ? formatShape(output.rows, output.columns?.length ?? 0) : "",
            output?.size !== undefined && output.size > 0 ? formatBytes(output.size) : "",
          ].filter((fact) => fact !== "");
          return (
            <li key={port.name} className={styles.output}>
              <PortMark
                family={familyOf(catalogue, port.type)}
                type={port.type}
                filled={output !== undefined}
              />
              <div className={styles.outputText}>
                <span className={styles.strong}>{port.label}</span>
                <span className={styles.facts}>
                  {[typeTitle(catalogue, output?.type ?? port.type), ...facts].join(" · ")}
                </span>
              </div>
              {output !== undefined && (
                <Button
                  size="small"
                  icon={<Eye />}
                  aria-label={`${form.outputs.preview}: ${port.label}`}
                  onClick={() => {
                    onPreview(node, port.name);
                  }}
                >
                  {form.outputs.preview}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {(step?.metrics?.length ?? 0) > 0 && (
        <dl className={styles.metrics}>
          {step?.metrics?.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="numbers">{value === null ? "–" : formatNumber(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className={styles.faint}>
        {step === undefined ? (
          form.outputs.none
        ) : !isOver(step.status) ? (
          form.outputs.pending
        ) : step.status === "reused" ? (
          form.outputs.reused
        ) : step.seconds != null ? (
          <>
            {form.outputs.took} <Duration seconds={step.seconds} />
          </>
        ) : null}
      </p>
    </div>
  );
};
