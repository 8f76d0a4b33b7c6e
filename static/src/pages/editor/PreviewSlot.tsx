import { Hourglass } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import { portsOf } from "@/graph/ports";
import { PreviewPanel } from "@/previews/PreviewPanel";
import { useCatalogue, useDocument, useSession, useView } from "@/state/session";
import { text } from "@/text";
import { Chip, EmptyState } from "@/ui";
import styles from "./Editor.module.css";
import { Nothing, useLooked } from "./slots";

const Preview = ({ node }: { readonly node: string }) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const document = useDocument((whole) => whole);
  const clicked = useView((view) => (view.previewed?.node === node ? view.previewed.port : null));
  const [chosen, setChosen] = useState<string | null>(null);
  const step = useSyncExternalStore(
    (listener) => session.statuses.subscribe(node, listener),
    () => session.statuses.get(node),
  );
  const { outputs } = portsOf(document, catalogue, node);
  const dataset = catalogue.datasets.get(document.nodes[node]?.dataset ?? "");
  const port = outputs.find(({ name }) => name === (clicked ?? chosen)) ?? outputs[0];
  const digest = (port && step?.outputs?.[port.name]?.digest) ?? dataset?.digest ?? "";
  return (
    <div className={styles.previewSlot}>
      {outputs.length > 1 && (
        <div className={styles.previewPorts}>
          {outputs.map(({ name, label }) => (
            <Chip
              key={name}
              pressed={name === port?.name}
              onClick={() => {
                setChosen(name);
                session.view.setState({ previewed: null });
              }}
            >
              {label}
            </Chip>
          ))}
        </div>
      )}
      {digest === "" ? (
        <EmptyState
          picture={<Hourglass />}
          title={text.editor.noOutputYet}
          text={text.editor.noOutputYetText}
        />
      ) : (
        <PreviewPanel key={digest} digest={digest} />
      )}
    </div>
  );
};

/** What the selected node made. */
const PreviewSlot = () => {
  const { run, node } = useLooked();
  const document = useDocument((whole) => whole);
  const dataset = node !== null && document.nodes[node]?.dataset !== undefined;
  if (node === null || (run === null && !dataset))
    return <Nothing run={node === null ? "" : run} node={node} />;
  return <Preview key={node} node={node} />;
};

export default PreviewSlot;
