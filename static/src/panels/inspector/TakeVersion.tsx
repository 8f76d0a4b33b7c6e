import { ArrowUpCircle } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { useModuleSource } from "@/api/queries.modules";
import { referenceOf } from "@/graph/catalogue";
import type { ModuleSpec } from "@/graph/catalogue";
import { newerThan, upgrade } from "@/graph/newer";
import type { Effect } from "@/graph/newer";
import { documentOf, edit, useCatalogue, useDocument, useSession } from "@/state/session";
import { form } from "@/text/form";
import { studio } from "@/text/studio";
import { Button, CodeDiff, Dialog, Spinner } from "@/ui";
import styles from "./Inspector.module.css";

const words = studio.newer;

const inWords = (effect: Effect): string =>
  effect.kind === "outLost" ? words.outLost(effect.label, effect.count) : words[effect.kind](effect.label);

/** What of it asks for a look: something goes, or something has to be done. */
const isHard = ({ kind }: Effect): boolean =>
  kind !== "inputNew" && kind !== "outputNew" && kind !== "parameterNew";

interface DialogProps {
  readonly node: string;
  readonly spec: ModuleSpec;
  readonly newer: ModuleSpec;
  readonly onClose: () => void;
}

/** A newer version beside the one in use, and what becomes of the node's wires and values. */
const Take = ({ node, spec, newer, onClose }: DialogProps) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const document = useDocument((whole) => whole);
  const before = useModuleSource(referenceOf(spec));
  const after = useModuleSource(referenceOf(newer));
  const { effects } = upgrade(document, catalogue, node, spec, newer);
  const failed = before.error ?? after.error;
  return (
    <Dialog
      open
      size="large"
      onOpenChange={onClose}
      title={words.title(newer.title, newer.version)}
      description={words.text(spec.version, newer.version)}
      actions={
        <>
          <Button onClick={onClose}>{studio.cancel}</Button>
          <Button
            look="filled"
            onClick={() => {
              const { changes } = upgrade(documentOf(session), catalogue, node, spec, newer);
              edit(session, { label: form.about.takeVersion, changes });
              onClose();
            }}
          >
            {words.take(newer.version)}
          </Button>
        </>
      }
    >
      <ul className={styles.effects}>
        {effects.length === 0 && <li>{words.same}</li>}
        {effects.map((effect) => (
          <li key={`${effect.kind} ${effect.label}`} data-hard={isHard(effect) || undefined}>
            {inWords(effect)}
          </li>
        ))}
      </ul>
      {before.data && after.data ? (
        <CodeDiff
          label={words.label}
          before={before.data.source}
          after={after.data.source}
          folded={studio.folded}
        />
      ) : failed ? (
        <p className={styles.faint}>{messageOf(failed)}</p>
      ) : (
        <Spinner label={words.loading} />
      )}
    </Dialog>
  );
};

/** Says that a newer version is there, and shows what it would change. */
export const NewerVersion = ({ node, spec }: { readonly node: string; readonly spec: ModuleSpec }) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const [open, setOpen] = useState(false);
  const newer = newerThan(catalogue, spec);
  if (!newer || session.readOnly) return null;
  return (
    <div className={styles.newer}>
      <ArrowUpCircle />
      <span>{form.about.newer(newer.version)}</span>
      <Button
        size="small"
        onClick={() => {
          setOpen(true);
        }}
      >
        {words.look}
      </Button>
      {open && (
        <Take
          node={node}
          spec={spec}
          newer={newer}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </div>
  );
};
