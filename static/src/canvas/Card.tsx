import type { Node, NodeProps } from "@xyflow/react";
import { ArrowUpCircle, BrushCleaning } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { renameNode } from "@/commands/acts/entries";
import { kindOf, specOf, titleOf } from "@/graph/catalogue";
import type { Port } from "@/graph/catalogue";
import { portOffset } from "@/graph/geometry";
import { newerThan } from "@/graph/newer";
import { familyOf, portsOf } from "@/graph/ports";
import { reasonInWords } from "@/graph/reuse";
import type { PlannedStep } from "@/graph/reuse";
import type { StepView } from "@/graph/step";
import { worst } from "@/state/findings";
import { useCatalogue, useDocument, useSelection, useSession, useView } from "@/state/session";
import { text } from "@/text";
import {
  CategoryIcon,
  Duration,
  PortMark,
  StatusIcon,
  VerdictIcon,
  classes,
  formatDuration,
  formatNumber,
  formatShape,
} from "@/ui";
import { useCanvas } from "./context";
import { Sparkline } from "./Sparkline";
import { usePlanned, useStep } from "@/state/useNode";
import styles from "./Card.module.css";

export type CardNode = Node<Record<string, never>, "card">;

const wiredInputs = (inputs: Readonly<Record<string, string>> | undefined): string =>
  Object.keys(inputs ?? {}).join();

interface PortsProps {
  readonly id: string;
  readonly side: "input" | "output";
  readonly ports: readonly Port[];
  /** The names of wired inputs, joined. */
  readonly wired: string;
}

const PortRow = ({ id, side, ports, wired }: PortsProps) => {
  const catalogue = useCatalogue();
  const { transient } = useCanvas();
  // One text per card, so that a pointer that moves draws only the cards whose ports change.
  const light = useStore(transient, ({ wiring }) => {
    if (!wiring) return null;
    const open = wiring.from.side === side ? [] : (wiring.open.get(id) ?? []);
    const target = wiring.target?.node === id && wiring.target.side === side ? wiring.target.port : "";
    return `${target};${open.join()}`;
  });
  const hovered = useStore(transient, ({ hoveredNode }) => hoveredNode === id);
  const [target = "", open = ""] = light?.split(";") ?? [];
  const fitting = new Set(open.split(","));
  const filled = new Set(wired.split(","));
  return ports.map((port, index) => {
    const family = familyOf(catalogue, port.type);
    const full = side === "output" || filled.has(port.name);
    const lit = light === null ? undefined : fitting.has(port.name) ? "fits" : "dim";
    return (
      <span
        key={port.name}
        className={classes(styles.port, styles[side], family === "table" && styles.circle)}
        style={{ left: portOffset(index, ports.length) }}
        data-node={id}
        data-port={port.name}
        data-side={side}
        data-type={port.type}
        data-filled={full || undefined}
        data-light={lit}
        data-target={target === port.name || undefined}
      >
        {family !== "table" && <PortMark family={family} type={port.type} filled={full} />}
        {(hovered || lit === "fits") && <span className={styles.portName}>{port.label}</span>}
      </span>
    );
  });
};

const Title = ({
  id,
  title,
  kind,
}: {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
}) => {
  const session = useSession();
  const renaming = useView((view) => view.renaming === id);
  const [typed, setTyped] = useState<string | null>(null);
  if (!renaming) {
    return (
      <span className={styles.title} title={title}>
        {title}
      </span>
    );
  }
  const done = (keep: boolean) => {
    if (keep && typed !== null) renameNode(session, id, typed, kind);
    setTyped(null);
    session.view.setState({ renaming: null });
  };
  return (
    <input
      className={styles.rename}
      aria-label={text.commands.rename}
      autoFocus
      value={typed ?? title}
      onFocus={(event) => {
        event.target.select();
      }}
      onChange={(event) => {
        setTyped(event.target.value);
      }}
      onBlur={() => {
        done(true);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") done(true);
        if (event.key === "Escape") done(false);
        event.stopPropagation();
      }}
    />
  );
};

/** The target of a pipeline that names none. */
const LOCAL = "local";

/** What a run would do with it, and the first reason why. */
const PlanLine = ({ planned }: { readonly planned: PlannedStep }) => {
  const { verdict, seconds } = planned;
  const [reason] = verdict === "reused" ? [] : (planned.reasons ?? []);
  const takes = verdict === "left_out" || seconds == null ? "" : formatDuration(seconds);
  const said = reason ? text.plan.short(reason.code, reasonInWords(reason)) : text.plan.onCard[verdict];
  return (
    <span className={classes(styles.line, "numbers")}>
      {said}
      {takes !== "" && (
        <span className={styles.metric}>
          {verdict === "reused" ? text.plan.saves(takes) : text.plan.about(takes)}
        </span>
      )}
    </span>
  );
};

/** The second line: what it is, then what it does, then what it made. */
const Line = ({ step, kind }: { readonly step: StepView | undefined; readonly kind: string }) => {
  if (step?.status === "queued") {
    // What it waits for: another run that does the same, or the building of its environment.
    const said = [step.why, step.progress_text].find((words) => words !== undefined && words !== "");
    return (
      <span className={styles.line} title={said}>
        {said ?? text.statuses["queued"]}
      </span>
    );
  }
  if (!step || step.status === "waiting" || step.status === "skipped") {
    return <span className={styles.line}>{kind}</span>;
  }
  if (step.status === "failed") {
    return (
      <span className={classes(styles.line, styles.lineBad)} title={step.error?.message}>
        {step.error?.message ?? text.statuses["failed"]}
      </span>
    );
  }
  const metric = step.metrics?.[0];
  const shaped = Object.values(step.outputs ?? {}).find((output) => typeof output.rows === "number");
  const live = step.seconds == null && step.started != null;
  if (step.status === "preparing" && step.progress_text !== undefined && step.progress_text !== "") {
    return (
      <span className={styles.line} title={step.progress_text}>
        {step.progress_text}
      </span>
    );
  }
  return (
    <span className={classes(styles.line, "numbers")}>
      {live || step.seconds != null ? (
        <Duration seconds={step.seconds} since={live ? step.started : null} />
      ) : (
        text.statuses[step.status]
      )}
      {metric && metric.value !== null && (
        <span className={styles.metric}>
          {metric.name} {formatNumber(metric.value)}
          {metric.recent && metric.recent.length > 2 && <Sparkline values={metric.recent} />}
        </span>
      )}
      {!metric && shaped && (
        <span className={styles.metric}>{formatShape(shaped.rows ?? 0, shaped.columns?.length ?? 0)}</span>
      )}
    </span>
  );
};

export const Body = memo(({ id }: { readonly id: string }) => {
  const session = useSession();
  const { cards, transient } = useCanvas();
  const catalogue = useCatalogue();
  const entry = useDocument((document) => document.nodes[id]);
  const usual = useDocument((document) => document.settings?.target ?? LOCAL);
  const selected = useSelection((selection) => selection.nodes.has(id));
  const pointed = useView((view) => view.pointed === id);
  const offPath = useView((view) => view.path?.has(id) === false);
  const findings = useStore(session.findings, (all) => all.byNode.get(id));
  const outOfReach = useStore(
    transient,
    ({ wiring }) => wiring !== null && wiring.from.node !== id && !wiring.open.has(id),
  );
  const aimed = useStore(transient, ({ wiring }) => wiring?.target?.node === id);
  const step = useStep(id);
  const planned = usePlanned(id);
  const ref = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    cards.set(id, element);
    // A card that comes into sight while the selection is held joins it where it is held.
    const { held } = transient.getState();
    if (held && session.selection.getState().nodes.has(id)) {
      element.style.translate = `${String(held.x)}px ${String(held.y)}px`;
    }
    return () => {
      cards.delete(id);
    };
  }, [cards, id, session, transient]);

  if (!entry) return null;
  const document = session.history.getState().document;
  const ports = portsOf(document, catalogue, id);
  const spec = specOf(catalogue, entry);
  const dataset = entry.dataset !== undefined;
  const title = titleOf(catalogue, entry);
  const kind = kindOf(catalogue, entry);
  const known = dataset ? catalogue.datasets.get(entry.dataset ?? "") : undefined;
  const under =
    title !== kind
      ? kind
      : dataset
        ? known?.rows != null
          ? formatShape(known.rows, known.columns ?? 0)
          : text.inspector.dataset
        : (spec?.category ?? text.editor.unknownModule);
  const severity = worst(findings ?? []);
  const verdict = planned?.verdict === "dataset" ? undefined : planned?.verdict;
  const works = step?.status === "running" || step?.status === "queued";
  const running = planned === undefined && works && step.progress != null;
  const outdated = spec?.own === true && !session.readOnly && newerThan(catalogue, spec) !== null;
  const cleansUp = entry.run_if === "always" || entry.run_if === "failure" ? entry.run_if : null;
  return (
    <div
      ref={ref}
      className={styles.card}
      data-card={id}
      data-selected={selected || undefined}
      data-pointed={pointed || undefined}
      data-status={planned ? undefined : step?.status}
      data-verdict={verdict}
      data-dim={outOfReach || offPath || undefined}
      data-aimed={aimed || undefined}
      data-disabled={entry.disabled}
      data-dataset={dataset || undefined}
    >
      <CategoryIcon category={dataset ? "dataset" : (spec?.category ?? "")} size={32} />
      <span className={styles.words}>
        {entry.target === undefined || entry.target === usual ? (
          <Title id={id} title={title} kind={kind} />
        ) : (
          <span className={styles.titleRow}>
            <Title id={id} title={title} kind={kind} />
            <span className={styles.target} title={text.inspector.runsOn(entry.target)}>
              {entry.target}
            </span>
          </span>
        )}
        {planned && verdict ? (
          <PlanLine planned={planned} />
        ) : (
          <Line step={planned ? undefined : step} kind={under} />
        )}
      </span>
      {outdated && (
        <span className={styles.newer} title={text.editor.newerModule}>
          <ArrowUpCircle />
        </span>
      )}
      {cleansUp && (
        <span className={styles.cleanUp} title={text.inspector.runIfMarks[cleansUp]}>
          <BrushCleaning />
        </span>
      )}
      {verdict ? (
        <span className={styles.status}>
          <VerdictIcon verdict={verdict} />
        </span>
      ) : (
        step &&
        !planned && (
          <span className={styles.status}>
            <StatusIcon status={step.status} progress={step.progress ?? null} />
          </span>
        )
      )}
      {severity && findings && (
        <span
          className={classes(styles.finding, severity === "error" && styles.findingBad)}
          title={findings
            .map((finding) => `${finding.message}${finding.cure === "" ? "" : `\n${finding.cure}`}`)
            .join("\n\n")}
        >
          !
        </span>
      )}
      {running && (
        <span className={styles.progress}>
          <span
            className={styles.progressBar}
            style={{ transform: `scaleX(${String(step.progress ?? 0)})` }}
          />
        </span>
      )}
      <PortRow id={id} side="input" ports={ports.inputs} wired={wiredInputs(entry.inputs)} />
      <PortRow id={id} side="output" ports={ports.outputs} wired="" />
    </div>
  );
});
Body.displayName = "Body";

/** The card of a node. The outline speaks to screen readers; the picture is for eyes. */
export const Card = ({ id }: NodeProps<CardNode>) => <Body id={id} />;
