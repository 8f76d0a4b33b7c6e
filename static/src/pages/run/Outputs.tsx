import { Download, Eye, Maximize2, X } from "lucide-react";
import { useState } from "react";
import { outputPath } from "@/api/queries.runs";
import { isStepOver } from "@/api/types";
import type { Output, Step } from "@/api/types";
import type { ModuleSpec } from "@/graph/catalogue";
import { inWords } from "@/graph/catalogue";
import { PreviewPanel } from "@/previews";
import { frame } from "@/text/frame";
import { stepName } from "@/pages/shared/Status";
import { run as words } from "@/text/runs";
import {
  Button,
  Dialog,
  EmptyState,
  IconButton,
  PortMark,
  classes,
  formatBytes,
  formatShape,
  formatCount,
} from "@/ui";
import styles from "./run.module.css";

const FAMILIES: Readonly<Record<string, string>> = {
  table: "table",
  model: "model",
  untrained_model: "model",
  transformation: "transformation",
  file: "file",
  folder: "file",
  images: "file",
  metrics: "metrics",
  figure: "metrics",
};

const sizeInWords = (output: Output): string => {
  if (output.rows == null) return formatBytes(output.size);
  return output.columns.length > 0
    ? formatShape(output.rows, output.columns.length)
    : formatCount(output.rows);
};

/** What a step made, port by port, with a look at the chosen one beneath. */
export const Outputs = ({
  run,
  step,
  spec,
}: {
  readonly run: string;
  readonly step: Step;
  readonly spec: ModuleSpec | undefined;
}) => {
  const ports = Object.entries(step.outputs);
  const [picked, setPicked] = useState<string | null>(null);
  const [large, setLarge] = useState(false);
  if (ports.length === 0)
    return (
      <EmptyState title={isStepOver(step.status) ? words.noOutputsOver : words.noOutputs} text={step.why} />
    );
  const shown = picked === null ? ports[0] : ports.find(([port]) => port === picked);
  const label = (port: string): string =>
    spec?.outputs.find((one) => one.name === port)?.label ?? inWords(port);
  return (
    <div className={styles.outputs}>
      <ul className={styles.ports}>
        {ports.map(([port, output]) => (
          <li key={port} className={classes(shown?.[0] === port && styles.portShown)}>
            <button
              type="button"
              className={styles.port}
              aria-pressed={shown?.[0] === port}
              onClick={() => {
                setPicked(port);
              }}
            >
              <PortMark family={FAMILIES[output.type] ?? "any"} type={output.type} filled />
              <span>{label(port)}</span>
              <small className="numbers">{sizeInWords(output)}</small>
              <Eye aria-hidden="true" />
            </button>
            <a
              className={styles.iconLink}
              href={outputPath(run, step.node, port)}
              download
              aria-label={`${words.downloadOutput}: ${label(port)}`}
              title={words.downloadOutput}
            >
              <Download />
            </a>
          </li>
        ))}
      </ul>
      {shown !== undefined && (
        <div className={styles.look}>
          <IconButton
            small
            className={styles.enlarge ?? ""}
            label={words.preview}
            onClick={() => {
              setLarge(true);
            }}
          >
            <Maximize2 />
          </IconButton>
          <PreviewPanel key={shown[1].digest} digest={shown[1].digest} />
        </div>
      )}
      {large && shown !== undefined && (
        <Dialog open bare size="full" title={`${stepName(step)}: ${label(shown[0])}`} onOpenChange={setLarge}>
          <div className={styles.large}>
            <header>
              <h3>{`${stepName(step)}: ${label(shown[0])}`}</h3>
              <Button
                size="small"
                look="quiet"
                icon={<X />}
                onClick={() => {
                  setLarge(false);
                }}
              >
                {frame.close}
              </Button>
            </header>
            <div>
              <PreviewPanel digest={shown[1].digest} />
            </div>
          </div>
        </Dialog>
      )}
    </div>
  );
};
