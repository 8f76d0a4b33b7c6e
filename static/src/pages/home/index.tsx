import { ArrowRight, FileUp, Plus } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { messageOf } from "@/api/errors";
import { usePipelines, useSamples } from "@/api/queries.pipelines";
import { useSystem } from "@/api/queries.previews";
import { EVERY_RUN, useRuns } from "@/api/queries.runs";
import type { RunFilter } from "@/api/queries.runs";
import type { RunSummary, Sample } from "@/api/types";
import { useLiveRunList } from "@/live/hooks";
import { PageTitle } from "@/pages/frame/TopBar";
import { FileDrop, useFileChooser } from "@/pages/shared/FileDrop";
import { LiveBanner } from "@/pages/shared/LiveBanner";
import { PipelineCard } from "@/pages/shared/PipelineCard";
import { useOpenPipeline } from "@/pages/shared/openPipeline";
import type { OpenPipeline } from "@/pages/shared/openPipeline";
import { Thumbnail } from "@/pages/shared/Thumbnail";
import { RunIcon, iso, shareDone } from "@/pages/shared/Status";
import { home as words, pipelines as pipelineWords } from "@/text/home";
import { Button, Duration, ErrorState, RelativeTime, classes, toast } from "@/ui";
import cards from "@/pages/shared/card.module.css";
import styles from "./home.module.css";

const RECENT = 6;
const RUNNING: RunFilter = { ...EVERY_RUN, status: ["queued", "running", "canceling"] };

const midnight = (): number => {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime() / 1000;
};

const Section = ({
  title,
  more,
  children,
}: {
  readonly title: string;
  readonly more?: ReactNode;
  readonly children: ReactNode;
}) => (
  <section className={styles.section}>
    <header>
      <h2>{title}</h2>
      {more}
    </header>
    {children}
  </section>
);

const More = ({ to, children }: { readonly to: string; readonly children: ReactNode }) => (
  <Link to={to} className={styles.more}>
    {children}
    <ArrowRight aria-hidden="true" />
  </Link>
);

const SampleCard = ({
  sample,
  open,
  at,
}: {
  readonly sample: Sample;
  readonly open: OpenPipeline;
  readonly at: number;
}) => (
  <button
    type="button"
    className={classes(cards.card, cards.sample)}
    style={{ "--at": at }}
    disabled={open.busy !== null}
    onClick={() => {
      open.sample(sample.name);
    }}
  >
    <span className={cards.picture}>
      <Thumbnail outline={sample.outline} wires={sample.wires} />
    </span>
    <span className={cards.about}>
      <span className={cards.name}>{sample.title}</span>
      <span className={cards.description}>{sample.description}</span>
      <span className={cards.facts}>
        {words.nodes(sample.nodes)}
        <span className={cards.open}>
          {words.open}
          <ArrowRight aria-hidden="true" />
        </span>
      </span>
    </span>
  </button>
);

const RunLine = ({ run }: { readonly run: RunSummary }) => (
  <li>
    <Link to={`/runs/${run.id}`} className={styles.run}>
      <RunIcon status={run.status} progress={shareDone(run.counts)} />
      <span className={styles.runName}>{run.name}</span>
      <span className={styles.runTime}>
        {run.status === "failed" ? (
          <RelativeTime time={iso(run.ended ?? run.created)} />
        ) : (
          <Duration seconds={run.seconds} since={run.started === null ? null : iso(run.started)} />
        )}
      </span>
      {run.error !== "" && <span className={styles.runError}>{run.error}</span>}
    </Link>
  </li>
);

const Runs = ({
  title,
  more,
  runs,
  none,
}: {
  readonly title: string;
  readonly more: ReactNode;
  readonly runs: readonly RunSummary[];
  readonly none: string;
}) => (
  <Section title={title} more={runs.length > 0 ? more : undefined}>
    {runs.length === 0 ? (
      <p className={styles.none}>{none}</p>
    ) : (
      <ul className={styles.runs}>
        {runs.slice(0, 6).map((run) => (
          <RunLine key={run.id} run={run} />
        ))}
      </ul>
    )}
  </Section>
);

/** A graph that draws itself once: the picture of the welcome. */
const WELCOME = {
  outline: [
    [110, 0, "Dataset"],
    [110, 110, "Data Transformation"],
    [-130, 220, "Machine Learning: Classification"],
    [110, 330, "Model Training"],
    [350, 330, "Data Transformation"],
    [230, 440, "Model Scoring & Evaluation"],
  ],
  wires: [
    [0, 1],
    [1, 3],
    [2, 3],
    [1, 4],
    [3, 5],
    [4, 5],
  ],
} as const;

const Welcome = ({ open }: { readonly open: OpenPipeline }) => (
  <section className={styles.welcome}>
    <div>
      <h2>{words.welcome}</h2>
      <p>{words.welcomeText}</p>
      <ol>
        {words.welcomeSteps.map(([what, why]) => (
          <li key={what}>
            <b>{what}</b>
            <span>{why}</span>
          </li>
        ))}
      </ol>
      <Button look="outlined" icon={<Plus />} onClick={open.empty}>
        {words.newPipeline}
      </Button>
    </div>
    <div className={styles.welcomePicture}>
      <Thumbnail outline={WELCOME.outline} wires={WELCOME.wires} />
    </div>
  </section>
);

export const Component = () => {
  useLiveRunList();
  const open = useOpenPipeline();
  const recent = usePipelines("", RECENT);
  const samples = useSamples();
  const system = useSystem();
  const [since] = useState(midnight);
  const running = useRuns(RUNNING, 10);
  const failed = useRuns({ ...EVERY_RUN, status: ["failed"], since }, 10);
  const take = (files: readonly File[]): void => {
    const [first] = files;
    if (first === undefined) return;
    if (/(\.json|\.designer\.zip)$/i.test(first.name)) open.file(first);
    else toast({ text: words.useDatasets(first.name), tone: "bad" });
  };
  const choose = useFileChooser({ accept: ".json,.zip,application/json", onFiles: take });
  const pipelines = recent.data?.pages.flatMap((page) => page.items).slice(0, RECENT) ?? [];
  const runningNow = running.data?.pages.flatMap((page) => page.items) ?? [];
  const failedToday = failed.data?.pages.flatMap((page) => page.items) ?? [];
  const first = recent.isSuccess && pipelines.length === 0;
  const quiet = first && runningNow.length === 0 && failedToday.length === 0;

  return (
    <div className={styles.page}>
      <PageTitle
        title={words.title}
        actions={
          <>
            <Button icon={<FileUp />} title={words.importHint} onClick={choose}>
              {words.import}
            </Button>
            <Button look="filled" icon={<Plus />} disabled={open.busy !== null} onClick={open.empty}>
              {words.newPipeline}
            </Button>
          </>
        }
      />
      <FileDrop label={words.drop} onFiles={take} />
      <div className={styles.columns}>
        <div className={styles.main}>
          {recent.error !== null && recent.data === undefined && (
            <ErrorState message={pipelineWords.failed} cause={messageOf(recent.error)} />
          )}
          {first && <Welcome open={open} />}
          {pipelines.length > 0 && (
            <Section title={words.continue} more={<More to="/pipelines">{words.all}</More>}>
              <div className={styles.grid}>
                {pipelines.map((pipeline) => (
                  <PipelineCard key={pipeline.id} pipeline={pipeline} />
                ))}
              </div>
            </Section>
          )}
          {(samples.data ?? []).length > 0 && (
            <Section title={words.samples}>
              <p className={styles.lead}>
                {system.data?.samples_ready === false ? words.samplesWaiting : words.samplesText}
              </p>
              <div className={styles.grid} id="samples">
                {samples.data?.map((sample, at) => (
                  <SampleCard key={sample.name} sample={sample} open={open} at={at} />
                ))}
              </div>
            </Section>
          )}
        </div>
        {!quiet && recent.isSuccess && (
          <aside className={styles.side}>
            <Runs
              title={words.running}
              runs={runningNow}
              none={words.nothingRunning}
              more={<More to="/runs?status=running">{words.allRuns}</More>}
            />
            <Runs
              title={words.failed}
              runs={failedToday}
              none={words.nothingFailed}
              more={<More to="/runs?status=failed">{words.allFailed}</More>}
            />
          </aside>
        )}
      </div>
      <LiveBanner />
    </div>
  );
};
