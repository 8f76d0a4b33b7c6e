import { useState } from "react";
import { edgesOf } from "@/graph/edges";
import { useDocument, useSelection, useSession } from "@/state/session";
import { text } from "@/text";
import { NodeInspector } from "./NodeInspector";
import { NoteInspector } from "./NoteInspector";
import { PipelineInspector } from "./PipelineInspector";
import { SeveralInspector } from "./SeveralInspector";
import { WireInspector } from "./WireInspector";
import styles from "./Inspector.module.css";

export type OnPreview = (node: string, port: string) => void;
export type InspectorTab = "parameters" | "outputs" | "settings" | "about";

export interface InspectorProps {
  /** Shows what a port made; without it the drawer's preview opens. */
  readonly onPreview?: OnPreview;
  /** Hides the inspector; without it `view.inspector` is turned off. */
  readonly onClose?: () => void;
}

/** The right panel: everything about what is selected, or about the pipeline when nothing is. Fills its parent. */
export const Inspector = ({ onPreview, onClose }: InspectorProps) => {
  const session = useSession();
  // The tab stays when another node is selected: one looks at the same part of one node after the other.
  const [tab, setTab] = useState<InspectorTab>("parameters");
  const close =
    onClose ??
    (() => {
      session.view.setState({ inspector: false });
    });
  const preview: OnPreview =
    onPreview ??
    ((node, port) => {
      session.view.setState({ drawer: "preview", previewed: { node, port } });
    });
  return (
    <aside className={styles.inspector} aria-label={text.inspector.label}>
      <Chosen tab={tab} onTab={setTab} onClose={close} onPreview={preview} />
    </aside>
  );
};

interface ChosenProps {
  readonly tab: InspectorTab;
  readonly onTab: (tab: InspectorTab) => void;
  readonly onClose: () => void;
  readonly onPreview: OnPreview;
}

const Chosen = ({ tab, onTab, onClose, onPreview }: ChosenProps) => {
  const selection = useSelection((whole) => whole);
  const { nodes, wires, notes } = selection;
  const count = nodes.size + wires.size + notes.size;
  const [node] = nodes;
  const [wire] = wires;
  const [note] = notes;
  const entry = useDocument((document) => (node === undefined ? undefined : document.nodes[node]));
  const edge = useDocument((document) =>
    wire === undefined || count > 1 ? undefined : edgesOf(document.nodes).find((one) => one.id === wire),
  );
  const chosenNote = useDocument((document) => document.notes.find((one) => one.id === note));
  // A node dragged together with its wires is still about one node.
  if (nodes.size === 1 && notes.size === 0 && node !== undefined && entry) {
    return (
      <NodeInspector
        node={node}
        entry={entry}
        tab={tab}
        onTab={onTab}
        onClose={onClose}
        onPreview={onPreview}
      />
    );
  }
  if (count > 1) return <SeveralInspector selection={selection} onClose={onClose} />;
  if (edge) return <WireInspector edge={edge} onClose={onClose} />;
  if (chosenNote) return <NoteInspector key={chosenNote.id} note={chosenNote} onClose={onClose} />;
  return <PipelineInspector onClose={onClose} />;
};
