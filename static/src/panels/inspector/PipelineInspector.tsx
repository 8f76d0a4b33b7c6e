import { StickyNote, Workflow } from "lucide-react";
import { useStore } from "zustand";
import { describePipeline, renamePipeline, setPipelineSetting } from "@/commands/acts/entries";
import type { Settings } from "@/graph/document";
import { edgesOf } from "@/graph/edges";
import { useDocument, useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { Switch, TextField } from "@/ui";
import { Findings } from "./Findings";
import { Frame } from "./Frame";
import { NameEditor } from "./NameEditor";
import { PipelineParameters } from "./PipelineParameters";
import { TargetField } from "./TargetField";
import fields from "./form.module.css";
import styles from "./Inspector.module.css";

const words = text.inspector;

export interface PipelineInspectorProps {
  readonly onClose: () => void;
}

/** The pipeline itself, when nothing in it is selected. */
export const PipelineInspector = ({ onClose }: PipelineInspectorProps) => {
  const session = useSession();
  const name = useDocument((document) => document.name);
  const description = useDocument((document) => document.description);
  const settings = useDocument((document) => document.settings);
  const nodes = useDocument((document) => document.nodes);
  const all = useStore(session.findings, (findings) => findings.all);
  const own = all.filter((finding) => finding.node === "");
  return (
    <Frame
      icon={
        <span className={styles.pipelineIcon} aria-hidden="true">
          <Workflow />
        </span>
      }
      title={
        <NameEditor
          label={text.editor.nameLabel}
          name={name === "" ? text.editor.untitled : name}
          readOnly={session.readOnly}
          onSave={(next) => {
            if (next.trim() !== "") renamePipeline(session, next.trim());
          }}
        />
      }
      kind={
        <span className={styles.kindText}>
          {form.pipeline.count(Object.keys(nodes).length, edgesOf(nodes).length)}
        </span>
      }
      onClose={onClose}
      notices={
        own.length > 0 && (
          <div className={styles.notices}>
            <Findings findings={own} />
          </div>
        )
      }
    >
      <div className={styles.scroll}>
        <fieldset className={fields.form} disabled={session.readOnly}>
          <TextField
            label={words.description}
            value={description}
            rows={3}
            placeholder={words.descriptionPlaceholder}
            onChange={(next) => {
              describePipeline(session, next);
            }}
          />
          <PipelineParameters />
          <section className={styles.section}>
            <h3>{words.settings}</h3>
            <TargetField
              label={form.pipeline.target}
              value={settings.target ?? undefined}
              fallback={form.pipeline.targetDefault}
              onChange={(target) => {
                setPipelineSetting(
                  session,
                  target === undefined ? withoutTarget(settings) : { ...settings, target },
                );
              }}
            />
            <Switch
              label={words.continueOnFailure}
              help={words.continueHelp}
              checked={settings.continue_on_step_failure === true}
              disabled={session.readOnly}
              onChange={(next) => {
                setPipelineSetting(session, { ...settings, continue_on_step_failure: next });
              }}
            />
          </section>
          <p className={styles.hintRow}>
            <StickyNote />
            {words.notesHint}
          </p>
        </fieldset>
      </div>
    </Frame>
  );
};

const withoutTarget = (settings: Settings): Settings =>
  settings.continue_on_step_failure === undefined
    ? {}
    : { continue_on_step_failure: settings.continue_on_step_failure };
