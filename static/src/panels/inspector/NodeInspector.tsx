import { useStore } from "zustand";
import { renameNode } from "@/commands/acts/entries";
import { kindOf, specOf, titleOf } from "@/graph/catalogue";
import type { NodeEntry } from "@/graph/document";
import type { Finding } from "@/graph/finding";
import { newerThan } from "@/graph/newer";
import { portsOf } from "@/graph/ports";
import { documentOf, useCatalogue, useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { CategoryIcon, Duration, StatusIcon, Tabs } from "@/ui";
import type { Tab } from "@/ui";
import { About } from "./About";
import { DatasetView } from "./DatasetView";
import { Findings } from "./Findings";
import { Frame } from "./Frame";
import type { InspectorTab, OnPreview } from "./Inspector";
import { NameEditor } from "./NameEditor";
import { NewerVersion } from "./TakeVersion";
import { NodeWhy, saysWhy } from "./NodeWhy";
import { Outputs } from "./Outputs";
import { ParametersForm } from "./ParametersForm";
import { RunSettings } from "./RunSettings";
import { StepFailure } from "./StepFailure";
import { usePlanned, useStep } from "@/state/useNode";
import { NO_VALUES, visible } from "./values";
import styles from "./Inspector.module.css";

const NONE: readonly Finding[] = [];

const isTab = (id: string): id is InspectorTab =>
  id === "parameters" || id === "outputs" || id === "settings" || id === "about";

export interface NodeInspectorProps {
  readonly node: string;
  readonly entry: NodeEntry;
  readonly tab: InspectorTab;
  readonly onTab: (tab: InspectorTab) => void;
  readonly onClose: () => void;
  readonly onPreview: OnPreview;
}

/** One node: what it is, what is wrong with it, its settings and what it made. */
export const NodeInspector = ({ node, entry, tab, onTab, onClose, onPreview }: NodeInspectorProps) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const step = useStep(node);
  const planned = usePlanned(node);
  const findings = useStore(session.findings, ({ byNode }) => byNode.get(node) ?? NONE);
  const spec = specOf(catalogue, entry);
  const title = titleOf(catalogue, entry);
  const kind = kindOf(catalogue, entry);
  const isDataset = entry.dataset !== undefined && entry.dataset !== "";
  // What has a field of its own is said there.
  const fields = spec ? visible(spec.parameters, entry.parameters ?? NO_VALUES) : [];
  const atFields = findings.filter((finding) => fields.some(({ name }) => name === finding.parameter));
  const onTop = findings.filter((finding) => !atFields.includes(finding));
  const ports = portsOf(documentOf(session), catalogue, node);
  const newer = spec !== undefined && !session.readOnly && newerThan(catalogue, spec) !== null;
  const failed = step?.status === "failed";
  const told = !isDataset && (planned !== undefined || (step !== undefined && saysWhy(step)));
  const wrong = atFields.length;
  // A node that was not renamed already says what it is.
  const under = isDataset ? text.inspector.dataset : title === kind ? (spec?.category ?? entry.module) : kind;

  const settings = <RunSettings nodes={[node]} entries={[entry]} />;
  const tabs: readonly Tab[] = [
    // What has nothing to set shows what it made.
    ...(spec && spec.parameters.length > 0
      ? [
          {
            id: "parameters",
            label: form.tabs.parameters,
            ...(wrong > 0 ? { mark: <span className={styles.tabMark}>{wrong}</span> } : {}),
            content: (
              <div className={styles.content}>
                <ParametersForm key={node} node={node} entry={entry} spec={spec} findings={atFields} />
              </div>
            ),
          },
        ]
      : []),
    {
      id: "outputs",
      label: form.tabs.outputs,
      content: (
        <div className={styles.content}>
          <Outputs node={node} ports={ports.outputs} step={step} onPreview={onPreview} />
        </div>
      ),
    },
    { id: "settings", label: form.tabs.settings, content: <div className={styles.content}>{settings}</div> },
    ...(spec
      ? [
          {
            id: "about",
            label: form.tabs.about,
            content: (
              <div className={styles.content}>
                <About node={node} spec={spec} />
              </div>
            ),
          },
        ]
      : []),
  ];
  const shown = tabs.some(({ id }) => id === tab) ? tab : "outputs";

  return (
    <Frame
      icon={<CategoryIcon category={isDataset ? "dataset" : (spec?.category ?? "")} size={30} />}
      title={
        <NameEditor
          key={node}
          label={text.inspector.name}
          name={title}
          readOnly={session.readOnly}
          onSave={(name) => {
            renameNode(session, node, name, kind);
          }}
        />
      }
      kind={
        <>
          <span className={styles.kindText}>{under}</span>
          {step !== undefined && (
            <span className={styles.status} data-status={step.status}>
              <StatusIcon status={step.status} progress={step.progress ?? null} size={12} />
              {step.status === "completed" && step.seconds != null ? (
                <span className="hidden-visually">{text.statuses[step.status]}</span>
              ) : (
                (text.statuses[step.status] ?? step.status)
              )}
              {step.seconds != null && step.status !== "reused" && <Duration seconds={step.seconds} />}
            </span>
          )}
        </>
      }
      onClose={onClose}
      notices={
        (failed || onTop.length > 0 || told || newer) && (
          <div className={styles.notices}>
            {spec && newer && <NewerVersion node={node} spec={spec} />}
            {told && <NodeWhy node={node} entry={entry} title={title} step={step} planned={planned} />}
            {failed && !planned && <StepFailure step={step} />}
            <Findings findings={onTop} />
          </div>
        )
      }
    >
      {isDataset ? (
        <DatasetView key={node} node={node} entry={entry} onPreview={onPreview} />
      ) : (
        <>
          {!spec && (
            <div className={styles.unknown}>
              <p>{form.unknownModule}</p>
              <p className={styles.faint}>{form.unknownModuleCure}</p>
              <code>{entry.module}</code>
            </div>
          )}
          <Tabs
            label={form.sections}
            tabs={tabs}
            value={shown}
            onChange={(id) => {
              if (isTab(id)) onTab(id);
            }}
          />
        </>
      )}
    </Frame>
  );
};
