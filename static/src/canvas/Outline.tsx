import { memo, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import { wire } from "@/commands/acts/wiring";
import { specOf, titleOf } from "@/graph/catalogue";
import type { Port } from "@/graph/catalogue";
import type { PortRef } from "@/graph/edges";
import { readSource } from "@/graph/edges";
import { cardBox } from "@/graph/geometry";
import { familyOf, portsOf } from "@/graph/ports";
import { reasonInWords } from "@/graph/reuse";
import { refusal } from "@/graph/wiring";
import { select } from "@/state/selection";
import { documentOf, useCatalogue, useDocument, useSelection, useSession, useView } from "@/state/session";
import { text } from "@/text";
import { PortMark, StatusIcon, VerdictIcon, toast } from "@/ui";
import { usePlanned } from "@/state/useNode";
import styles from "./Canvas.module.css";

/** A long list costs every page that nobody reads aloud; it grows on demand. */
const PAGE = 120;

interface PortLineProps {
  readonly node: string;
  readonly title: string;
  readonly port: Port;
  readonly side: "input" | "output";
  readonly fedBy: string;
  readonly seen: boolean;
}

const PortLine = ({ node, title, port, side, fedBy, seen }: PortLineProps) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const connecting = useView((view) => view.connecting);
  const own: PortRef = { node, port: port.name, side };
  const fits = connecting !== null && refusal(documentOf(session), catalogue, connecting, own) === null;
  const name =
    side === "input" ? text.editor.input(title, port.label) : text.editor.output(title, port.label);
  const begin = () => {
    session.view.setState({ connecting: own });
  };
  const finish = () => {
    if (!connecting) return;
    const problem = wire(session, connecting, own);
    if (problem !== null) toast({ text: problem, tone: "bad" });
    session.view.setState({ connecting: null });
  };
  return (
    <button
      type="button"
      className={styles.outlinePort}
      aria-label={name}
      aria-description={
        side === "input"
          ? fedBy === ""
            ? text.editor.notConnected
            : text.editor.connectedFrom(fedBy)
          : undefined
      }
      aria-pressed={connecting?.node === node && connecting.port === port.name && connecting.side === side}
      data-fits={fits || undefined}
      onClick={() => {
        if (connecting && connecting.side !== side) finish();
        else if (!session.readOnly) begin();
      }}
      onKeyDown={(event) => {
        if (event.key.toLowerCase() !== "c" || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        if (connecting && connecting.side !== side) finish();
        else if (!session.readOnly) begin();
      }}
    >
      {seen && <PortMark family={familyOf(catalogue, port.type)} type={port.type} size={9} />}
      {port.label}
    </button>
  );
};

interface NodeLinesProps {
  readonly id: string;
  /** The list has the focus, so its marks are drawn; hidden marks would cost every frame. */
  readonly seen: boolean;
}

const NodeLines = memo(({ id, seen }: NodeLinesProps) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const entry = useDocument((document) => document.nodes[id]);
  const selected = useSelection((selection) => selection.nodes.has(id));
  const planned = usePlanned(id);
  const status = useSyncExternalStore(
    (listener) => session.statuses.subscribe(id, listener),
    () => session.statuses.get(id)?.status,
  );
  const step = planned ? undefined : status;
  const findings = useStore(session.findings, (all) => all.byNode.get(id));
  if (!entry) return null;
  const document = documentOf(session);
  const title = titleOf(catalogue, entry);
  const ports = portsOf(document, catalogue, id);
  const source = (port: string): string => {
    const fed = readSource(entry.inputs?.[port] ?? "");
    const producer = fed ? document.nodes[fed.node] : undefined;
    return producer ? titleOf(catalogue, producer) : "";
  };
  const told = [
    planned
      ? [text.plan.verdicts[planned.verdict], ...(planned.reasons ?? []).map(reasonInWords)].join(": ")
      : "",
    step === undefined ? "" : (text.statuses[step] ?? step),
    ...(findings ?? []).map((finding) => finding.message),
  ].filter((part) => part !== "");
  return (
    <div
      role="group"
      aria-label={title}
      className={styles.outlineNode}
      data-selected={selected || undefined}
      data-outline={id}
      data-module={specOf(catalogue, entry)?.name}
      data-status={step}
      data-verdict={planned?.verdict}
    >
      <button
        type="button"
        className={styles.outlineButton}
        aria-pressed={selected}
        aria-description={told.length > 0 ? told.join(". ") : undefined}
        onFocus={() => {
          session.view.setState({ pointed: id });
          session.stage.current?.reveal(cardBox(documentOf(session), id));
        }}
        onBlur={() => {
          session.view.setState({ pointed: null });
        }}
        onClick={() => {
          session.selection.setState(select({ nodes: [id] }), true);
        }}
      >
        {seen && planned && <VerdictIcon verdict={planned.verdict} size={12} />}
        {seen && step && <StatusIcon status={step} progress={0.3} size={12} />}
        {title}
      </button>
      {ports.inputs.map((port) => (
        <PortLine
          key={`i:${port.name}`}
          node={id}
          title={title}
          port={port}
          side="input"
          fedBy={source(port.name)}
          seen={seen}
        />
      ))}
      {ports.outputs.map((port) => (
        <PortLine
          key={`o:${port.name}`}
          node={id}
          title={title}
          port={port}
          side="output"
          fedBy=""
          seen={seen}
        />
      ))}
    </div>
  );
});
NodeLines.displayName = "NodeLines";

/** Whether the browser has had a moment to itself since this was first drawn. */
const useIdle = (): boolean => {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setIdle(true);
    }, 60);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  return idle;
};

/**
 * The pipeline as a list: what screen readers, keyboards and tests use. It holds every node with its ports, fed by the
 * same stores as the picture, and shows itself when it has the focus.
 */
export const Outline = () => {
  const nodes = useDocument((document) => document.nodes);
  const connecting = useView((view) => view.connecting);
  const [shown, setShown] = useState(PAGE);
  const idle = useIdle();
  const [seen, setSeen] = useState(false);
  const ids = Object.keys(nodes);
  const list = useRef<HTMLElement>(null);
  // Who begins a wire by key on the canvas goes on in this list, at the first port that fits.
  useEffect(() => {
    const element = list.current;
    if (connecting === null || !element || element.contains(document.activeElement)) return;
    const first = element.querySelector<HTMLElement>("[data-fits]");
    first?.focus();
  }, [connecting]);
  const announced = connecting ? text.editor.connectFrom : "";
  return (
    <section
      ref={list}
      className={styles.outline}
      aria-label={text.editor.outline}
      data-own-pointer
      onFocus={() => {
        setSeen(true);
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setSeen(false);
      }}
    >
      <p className={styles.outlineHelp}>{text.editor.outlineHelp}</p>
      <p className="hidden-visually" role="status">
        {announced}
      </p>
      {idle && ids.slice(0, shown).map((id) => <NodeLines key={id} id={id} seen={seen} />)}
      {ids.length > shown && (
        <button
          type="button"
          className={styles.outlineButton}
          onClick={() => {
            setShown(shown + PAGE);
          }}
        >
          {text.editor.outlineMore(Math.min(PAGE, ids.length - shown))}
        </button>
      )}
    </section>
  );
};
