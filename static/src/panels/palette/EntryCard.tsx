import { Plus } from "lucide-react";
import type { Port } from "@/graph/catalogue";
import { familyOf, typeTitle } from "@/graph/ports";
import { useCatalogue, useSession } from "@/state/session";
import { text } from "@/text";
import { shelf } from "@/text/shelf";
import { Button, CategoryIcon, PortMark, formatCount } from "@/ui";
import { firstParagraph } from "@/ui/markdown";
import type { Entry } from "./entries";
import styles from "./Palette.module.css";

interface PortsProps {
  readonly word: string;
  readonly ports: readonly Port[];
}

const Ports = ({ word, ports }: PortsProps) => {
  const catalogue = useCatalogue();
  return (
    <div className={styles.portRow}>
      <span className={styles.portWord}>{word}</span>
      {ports.length === 0 ? (
        <span className={styles.faint}>{shelf.noPorts}</span>
      ) : (
        <ul>
          {ports.map((port) => (
            <li key={port.name}>
              <PortMark family={familyOf(catalogue, port.type)} type={port.type} size={10} filled />
              {port.label}
              <span className={styles.faint}>{typeTitle(catalogue, port.type)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
};

export interface EntryCardProps {
  readonly entry: Entry;
  readonly onAdd: () => void;
}

/** What an entry of the palette is: what it does, what goes in and what comes out. */
export const EntryCard = ({ entry, onAdd }: EntryCardProps) => {
  const session = useSession();
  const description = firstParagraph(
    entry.kind === "module" ? entry.spec.description : entry.dataset.description,
  );
  return (
    <div className={styles.card}>
      <header className={styles.cardHead}>
        <CategoryIcon category={entry.category} size={28} />
        <div>
          <h3>{entry.title}</h3>
          <p className={styles.faint}>{entry.kind === "module" ? entry.category : text.palette.datasets}</p>
        </div>
      </header>
      {description !== "" && <p>{description}</p>}
      {entry.kind === "module" ? (
        <div className={styles.cardPorts}>
          <Ports word={text.palette.inputs} ports={entry.spec.inputs} />
          <Ports word={text.palette.outputs} ports={entry.spec.outputs} />
        </div>
      ) : (
        <p className={styles.facts}>
          {entry.dataset.rows === null
            ? shelf.reading
            : text.palette.rows(formatCount(entry.dataset.rows), formatCount(entry.dataset.columns ?? 0))}
        </p>
      )}
      {!session.readOnly && (
        <Button size="small" icon={<Plus />} className={styles.cardAdd} onClick={onAdd}>
          {text.palette.add}
        </Button>
      )}
    </div>
  );
};
