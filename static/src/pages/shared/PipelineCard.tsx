import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { PipelineSummary } from "@/api/types";
import { home as words } from "@/text/home";
import { RelativeTime } from "@/ui";
import styles from "./card.module.css";
import { Thumbnail } from "@/pages/shared/Thumbnail";
import { RunIcon, iso } from "./Status";

/** A pipeline in a list: its picture, its name, how its last run went. */
export const PipelineCard = ({
  pipeline,
  actions,
}: {
  readonly pipeline: PipelineSummary;
  readonly actions?: ReactNode;
}) => (
  <article className={styles.card}>
    <Link to={`/pipelines/${pipeline.id}`} className={styles.picture} tabIndex={-1} aria-hidden="true">
      {pipeline.outline.length > 0 ? (
        <Thumbnail outline={pipeline.outline} wires={pipeline.wires} />
      ) : (
        <span className={styles.blank}>
          <Plus />
        </span>
      )}
    </Link>
    <div className={styles.about}>
      <div className={styles.nameRow}>
        {pipeline.last_run !== null && <RunIcon status={pipeline.last_run.status} size={14} />}
        <Link to={`/pipelines/${pipeline.id}`} className={styles.name} title={pipeline.name}>
          {pipeline.name}
        </Link>
        {actions}
      </div>
      <p className={styles.facts}>
        {words.nodes(pipeline.nodes)} · {words.edited} <RelativeTime time={iso(pipeline.updated)} />
      </p>
    </div>
  </article>
);
