import { Spline, Trash2 } from "lucide-react";
import { useStore } from "zustand";
import { removeWires } from "@/commands/acts/adding";
import { titleOf } from "@/graph/catalogue";
import type { Edge } from "@/graph/edges";
import { familyOf, portsOf, typeTitle } from "@/graph/ports";
import { select } from "@/state/selection";
import { documentOf, useCatalogue, useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { Button, PortMark } from "@/ui";
import { Frame } from "./Frame";
import { TypeMark } from "./columns/TypeMark";
import styles from "./Inspector.module.css";

interface EndProps {
  readonly word: string;
  readonly node: string;
  readonly port: string;
  readonly side: "inputs" | "outputs";
}

const End = ({ word, node, port, side }: EndProps) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const document = documentOf(session);
  const entry = document.nodes[node];
  const found = portsOf(document, catalogue, node)[side].find((one) => one.name === port);
  return (
    <li className={styles.end}>
      <span className={styles.endWord}>{word}</span>
      <button
        type="button"
        className={styles.endNode}
        onClick={() => {
          session.selection.setState(select({ nodes: [node] }), true);
        }}
      >
        {entry ? titleOf(catalogue, entry) : node}
      </button>
      {found && (
        <span className={styles.endPort}>
          <PortMark family={familyOf(catalogue, found.type)} type={found.type} filled />
          {found.label} <span className={styles.portType}>{typeTitle(catalogue, found.type)}</span>
        </span>
      )}
    </li>
  );
};

export interface WireInspectorProps {
  readonly edge: Edge;
  readonly onClose: () => void;
}

/** One wire: from where to where, and what flows through it. */
export const WireInspector = ({ edge, onClose }: WireInspectorProps) => {
  const session = useSession();
  const columns = useStore(session.columns, (known) => known[edge.source]?.[edge.output]);
  return (
    <Frame
      icon={
        <span className={styles.pipelineIcon} aria-hidden="true">
          <Spline />
        </span>
      }
      title={<h2 className={styles.name}>{text.inspector.wire}</h2>}
      {...(edge.kind === "after" ? { kind: <span className={styles.kindText}>{form.wire.order}</span> } : {})}
      onClose={onClose}
    >
      <div className={styles.scroll}>
        <div className={styles.stack}>
          <ul className={styles.ends}>
            <End word={text.inspector.wireFrom} node={edge.source} port={edge.output} side="outputs" />
            <End word={text.inspector.wireTo} node={edge.target} port={edge.input} side="inputs" />
          </ul>
          {!session.readOnly && (
            <Button
              look="danger"
              size="small"
              icon={<Trash2 />}
              className={styles.start}
              onClick={() => {
                removeWires(session, [edge]);
              }}
            >
              {text.commands.delete}
            </Button>
          )}
          {columns !== undefined && columns.length > 0 && (
            <section className={styles.section}>
              <h3>
                {form.wire.columns}
                <span className={styles.count}>{columns.length}</span>
              </h3>
              <ul className={styles.columnList}>
                {columns.map((column) => (
                  <li key={column.name}>
                    <TypeMark column={column} />
                    <span className={styles.columnName}>{column.name}</span>
                    <span className={styles.portType}>{column.role === "" ? column.type : column.role}</span>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </div>
      </div>
    </Frame>
  );
};
