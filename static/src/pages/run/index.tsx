import { History } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { useSources } from "@/api/queries.runs";
import type { Run } from "@/api/types";
import type { ModuleSpec } from "@/graph/catalogue";
import { useRun } from "@/live/hooks";
import { LiveBanner } from "@/pages/shared/LiveBanner";
import { run as words, runs as listWords } from "@/text/runs";
import { EmptyState, ErrorState, Segmented, Spinner, Splitter } from "@/ui";
import { Graph } from "./Graph";
import { FactsLine, Header } from "./Header";
import { StepPanel } from "./StepPanel";
import { StepTable } from "./StepTable";
import { Timeline } from "./Timeline";
import styles from "./run.module.css";

const NARROW = "(max-width: 900px)";

const useNarrow = (): boolean =>
  useSyncExternalStore(
    (told) => {
      const query = matchMedia(NARROW);
      query.addEventListener("change", told);
      return () => {
        query.removeEventListener("change", told);
      };
    },
    () => matchMedia(NARROW).matches,
  );

/** A size that this machine remembers. */
function useSize(key: string, first: number): [number, (size: number) => void] {
  const [size, setSize] = useState(() => Number(localStorage.getItem(key)) || first);
  return [
    size,
    (next) => {
      localStorage.setItem(key, String(next));
      setSize(next);
    },
  ];
}

const SHAPES = [
  { value: "timeline", label: words.timeline },
  { value: "table", label: words.steps },
];

const Page = ({ run }: { readonly run: Run }) => {
  const narrow = useNarrow();
  const [query, setQuery] = useSearchParams();
  const [width, setWidth] = useSize("designer.run.panel", 480);
  const [height, setHeight] = useSize("designer.run.below", 252);
  const [shape, setShape] = useState("timeline");
  const sources = useSources(run.id);
  // The first step that failed opens by itself, unless somebody has chosen, or closed, one.
  const wanted = query.get("step") ?? run.failed_step;
  const chosen = wanted in run.steps ? wanted : null;
  const step = chosen === null ? undefined : run.steps[chosen];
  const source = sources.data?.find((one) => one.node === chosen);
  const spec: ModuleSpec | undefined = readSpec(source?.spec);

  const choose = (node: string | null): void => {
    if (node === chosen) return;
    setQuery(node === null ? { step: "" } : { step: node }, { replace: true });
  };

  const panel = step !== undefined && (
    <StepPanel key={step.node} run={run} step={step} spec={spec} onChoose={choose} />
  );

  if (narrow)
    return (
      <div className={styles.narrow}>
        <Header run={run} />
        <FactsLine run={run} />
        {panel || <StepTable run={run} chosen={chosen} onChoose={choose} brief />}
      </div>
    );

  return (
    <div className={styles.page}>
      <Header run={run} />
      <FactsLine run={run} />
      <div className={styles.body}>
        <div className={styles.left}>
          <Graph key={run.id} run={run} chosen={chosen} onChoose={choose} />
          <Splitter
            label={words.resize}
            direction="horizontal"
            after
            size={height}
            minimum={96}
            maximum={640}
            onResize={setHeight}
          />
          <section className={styles.below} style={{ height }}>
            <div className={styles.belowBar}>
              <Segmented compact label={words.steps} value={shape} options={SHAPES} onChange={setShape} />
            </div>
            <div className={styles.belowBody}>
              {shape === "table" ? (
                <StepTable run={run} chosen={chosen} onChoose={choose} />
              ) : (
                <Timeline run={run} chosen={chosen} onChoose={choose} />
              )}
            </div>
          </section>
        </div>
        {panel && (
          <>
            <Splitter
              label={words.resize}
              direction="vertical"
              after
              size={width}
              minimum={320}
              maximum={1100}
              onResize={setWidth}
            />
            <div className={styles.right_} style={{ width }}>
              {panel}
            </div>
          </>
        )}
      </div>
      <LiveBanner />
    </div>
  );
};

const isSpec = (value: unknown): value is ModuleSpec =>
  typeof value === "object" && value !== null && "outputs" in value && "parameters" in value;

const readSpec = (value: unknown): ModuleSpec | undefined => (isSpec(value) ? value : undefined);

export const Component = () => {
  const { id = "" } = useParams();
  const { run, error } = useRun(id);
  if (run !== null) return <Page key={run.id} run={run} />;
  if (error?.code === "not_found" || error?.status === 404)
    return (
      <EmptyState
        picture={<History />}
        title={words.notFound}
        action={<Link to="/runs">{listWords.title}</Link>}
      />
    );
  if (error !== null) return <ErrorState message={words.failed} cause={error.message} cure={error.cure} />;
  return <Spinner label={words.loading} />;
};
