import { useVirtualizer } from "@tanstack/react-virtual";
import { CalendarClock, FlaskConical, History, ListFilter, Search } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { useExperiments, useRuns } from "@/api/queries.runs";
import { RUN_STATUSES } from "@/api/types";
import type { RunStatus, RunSummary } from "@/api/types";
import { useLiveRunList } from "@/live/hooks";
import { PageTitle } from "@/pages/frame/TopBar";
import { LiveBanner } from "@/pages/shared/LiveBanner";
import { RunIcon, RunStatusLabel, iso, shareDone } from "@/pages/shared/Status";
import { errors } from "@/text/errors";
import { runs as words } from "@/text/runs";
import { statuses } from "@/text/statuses";
import {
  Button,
  Chip,
  Duration,
  EmptyState,
  ErrorState,
  Menu,
  RelativeTime,
  Spinner,
  TextInput,
  classes,
} from "@/ui";
import { TIMES, anyFilter, readFilters, toQuery, writeFilters } from "./filters";
import type { Filters } from "./filters";
import { Glance } from "./Glance";
import styles from "./runs.module.css";
import { Steps } from "./Steps";
import { Strip } from "./Strip";

const ROW = 38;
const SHOWN: readonly RunStatus[] = RUN_STATUSES.filter((status) => status !== "canceling");

const inWords = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const parametersInWords = (run: RunSummary): string =>
  Object.entries(run.parameters)
    .map(([name, value]) => `${name} ${inWords(value)}`)
    .join(" · ");

const FilterBar = ({
  filters,
  pipelineName,
  change,
}: {
  readonly filters: Filters;
  readonly pipelineName: string;
  readonly change: (change: Partial<Filters>) => void;
}) => {
  const experiments = useExperiments().data ?? [];
  const toggle = (status: RunStatus): void => {
    const without = filters.status.filter((one) => one !== status && one !== "canceling");
    const on = filters.status.includes(status);
    change({
      status: on ? without : [...without, status, ...(status === "running" ? ["canceling" as const] : [])],
    });
  };
  return (
    <div className={styles.filters} role="group" aria-label={words.columns.status}>
      {SHOWN.map((status) => (
        <Chip
          key={status}
          icon={<RunIcon status={status} size={13} bare progress={0.3} />}
          pressed={filters.status.includes(status)}
          onClick={() => {
            toggle(status);
          }}
        >
          {statuses[status] ?? status}
        </Chip>
      ))}
      <span className={styles.divide} />
      {filters.experiment === "" ? (
        <Menu
          trigger={
            <Button size="small" look="quiet" icon={<FlaskConical />}>
              {words.anyExperiment}
            </Button>
          }
          items={experiments.map((one) => ({
            kind: "item",
            id: one.name,
            label: `${one.name} (${String(one.runs)})`,
            onSelect: () => {
              change({ experiment: one.name });
            },
          }))}
        />
      ) : (
        <Chip
          tone="accent"
          icon={<FlaskConical />}
          removeLabel={words.remove(filters.experiment)}
          onRemove={() => {
            change({ experiment: "" });
          }}
        >
          {filters.experiment}
        </Chip>
      )}
      {filters.time === null ? (
        <Menu
          trigger={
            <Button size="small" look="quiet" icon={<CalendarClock />}>
              {words.anyTime}
            </Button>
          }
          items={TIMES.map((time) => ({
            kind: "item",
            id: time,
            label: words.times[time],
            onSelect: () => {
              change({ time });
            },
          }))}
        />
      ) : (
        <Chip
          tone="accent"
          icon={<CalendarClock />}
          removeLabel={words.remove(words.times[filters.time])}
          onRemove={() => {
            change({ time: null });
          }}
        >
          {words.times[filters.time]}
        </Chip>
      )}
      {filters.pipeline !== "" && (
        <Chip
          tone="accent"
          removeLabel={words.remove(words.pipeline)}
          onRemove={() => {
            change({ pipeline: "" });
          }}
        >
          {pipelineName}
        </Chip>
      )}
      <Chip
        pressed={filters.archived}
        onClick={() => {
          change({ archived: !filters.archived });
        }}
      >
        {words.archived}
      </Chip>
      <Chip
        pressed={filters.deleted}
        onClick={() => {
          change({ deleted: !filters.deleted });
        }}
      >
        {words.deleted}
      </Chip>
      {anyFilter(filters) && (
        <Button
          size="small"
          look="quiet"
          onClick={() => {
            change({
              status: [],
              q: "",
              experiment: "",
              pipeline: "",
              time: null,
              archived: false,
              deleted: false,
            });
          }}
        >
          {words.clear}
        </Button>
      )}
    </div>
  );
};

const Cells = ({ run }: { readonly run: RunSummary }) => (
  <>
    <span role="gridcell" className={styles.status}>
      <RunStatusLabel status={run.status} progress={shareDone(run.counts)} />
    </span>
    <span
      role="gridcell"
      className={styles.name}
      title={run.error === "" ? run.name : `${run.name}: ${run.error}`}
    >
      <Link to={`/runs/${run.id}`} tabIndex={-1}>
        {run.name}
      </Link>
    </span>
    <span role="gridcell" className={styles.cut} title={run.pipeline_name}>
      {run.pipeline_name}
    </span>
    <span role="gridcell" className={styles.cut}>
      {run.experiment}
    </span>
    <span role="gridcell">
      {run.started == null ? (
        <span className={styles.faint}>{words.notStarted}</span>
      ) : (
        <RelativeTime time={iso(run.started)} />
      )}
    </span>
    <span role="gridcell" className={styles.right}>
      <Duration seconds={run.seconds} since={run.started == null ? null : iso(run.started)} />
    </span>
    <span role="gridcell" className={classes(styles.cut, styles.faint)} title={parametersInWords(run)}>
      {parametersInWords(run)}
    </span>
    <span role="gridcell">
      <Steps counts={run.counts} />
    </span>
  </>
);

const HEADINGS = [
  "status",
  "name",
  "pipeline",
  "experiment",
  "started",
  "duration",
  "parameters",
  "steps",
] as const;

export const Component = () => {
  useLiveRunList();
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const filters = readFilters(query);
  const [now] = useState(() => new Date());
  const [typed, setTyped] = useState(filters.q);
  const q = useDeferredValue(typed.trim());
  const list = useRuns(toQuery(filters, now));
  const runs = list.data?.pages.flatMap((page) => page.items) ?? [];
  const [picked, setPicked] = useState<string | null>(null);
  const chosen = runs.find((run) => run.id === picked) ?? runs[0];
  const scroller = useRef<HTMLDivElement>(null);

  const change = (next: Partial<Filters>): void => {
    const changed = { ...filters, ...next };
    if (next.q === "") setTyped("");
    setQuery(writeFilters(changed), { replace: true });
  };

  // The address follows what is typed, when typing pauses.
  useEffect(() => {
    if (q === filters.q) return;
    const timer = setTimeout(() => {
      setQuery(writeFilters({ ...readFilters(query), q }), { replace: true });
    }, 250);
    return () => {
      clearTimeout(timer);
    };
  }, [q, filters.q, query, setQuery]);

  // eslint-disable-next-line react-hooks/incompatible-library -- nothing memoized is given what it answers
  const virtual = useVirtualizer({
    count: runs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
    scrollPaddingStart: 34,
    paddingStart: 34,
  });
  const rows = virtual.getVirtualItems();
  const end = rows.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && end >= runs.length - 12) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, end, runs.length]);

  const move = (by: number): void => {
    const at = chosen === undefined ? 0 : runs.indexOf(chosen);
    const next = Math.max(0, Math.min(runs.length - 1, at + by));
    setPicked(runs[next]?.id ?? null);
    virtual.scrollToIndex(next);
  };

  const pipelineName = runs.find((run) => run.pipeline === filters.pipeline)?.pipeline_name ?? words.pipeline;

  return (
    <div className={styles.page}>
      <PageTitle
        title={words.title}
        actions={
          <TextInput
            className={styles.search}
            icon={<Search />}
            value={typed}
            onChange={setTyped}
            placeholder={words.search}
            aria-label={words.search}
          />
        }
      />
      {list.error !== null && list.data === undefined ? (
        <ErrorState
          message={words.failed}
          cause={messageOf(list.error)}
          cure={isApiError(list.error) ? list.error.cure : undefined}
          action={<Button onClick={() => void list.refetch()}>{errors.retry}</Button>}
        />
      ) : list.data === undefined ? (
        <Spinner label={words.title} />
      ) : runs.length === 0 && !anyFilter(filters) ? (
        <EmptyState
          picture={<History />}
          title={words.none}
          text={words.noneText}
          action={
            <span className={styles.ways}>
              <Link to="/">{words.noneAction}</Link>
              <Link to="/runs?deleted=yes">{words.deletedRuns}</Link>
            </span>
          }
        />
      ) : (
        <>
          <Strip
            runs={runs.slice(0, 50)}
            chosen={chosen?.id ?? null}
            onChoose={(id) => {
              setPicked(id);
              virtual.scrollToIndex(runs.findIndex((run) => run.id === id));
            }}
          />
          <FilterBar filters={filters} pipelineName={pipelineName} change={change} />
          <div className={styles.split}>
            <div
              ref={scroller}
              className={styles.list}
              role="grid"
              aria-label={words.list}
              aria-description={words.keys}
              aria-rowcount={runs.length}
              aria-activedescendant={chosen === undefined ? undefined : `run-${chosen.id}`}
              tabIndex={0}
              onKeyDown={(event) => {
                const by: Readonly<Record<string, number>> = {
                  ArrowDown: 1,
                  j: 1,
                  ArrowUp: -1,
                  k: -1,
                  PageDown: 12,
                  PageUp: -12,
                  Home: -Infinity,
                  End: Infinity,
                };
                const step = by[event.key];
                if (step !== undefined) {
                  event.preventDefault();
                  move(step);
                } else if (event.key === "Enter" && chosen !== undefined) void navigate(`/runs/${chosen.id}`);
              }}
            >
              <div className={styles.inner} style={{ height: virtual.getTotalSize() }}>
                <div className={classes(styles.row, styles.head)} role="row">
                  {HEADINGS.map((heading) => (
                    <span
                      key={heading}
                      role="columnheader"
                      className={classes(heading === "duration" && styles.right)}
                    >
                      {words.columns[heading]}
                    </span>
                  ))}
                </div>
                {rows.map((item) => {
                  const run = runs[item.index];
                  return run === undefined ? null : (
                    <div
                      key={run.id}
                      id={`run-${run.id}`}
                      role="row"
                      aria-selected={run.id === chosen?.id}
                      aria-rowindex={item.index + 1}
                      className={classes(styles.row, styles.body, run.id === chosen?.id && styles.chosen)}
                      style={{ transform: `translateY(${item.start}px)` }}
                      onClick={() => {
                        setPicked(run.id);
                      }}
                      onDoubleClick={() => void navigate(`/runs/${run.id}`)}
                    >
                      <Cells run={run} />
                    </div>
                  );
                })}
              </div>
              {runs.length === 0 && (
                <EmptyState
                  picture={<ListFilter />}
                  title={words.noMatch}
                  action={
                    <Button
                      onClick={() => {
                        change({
                          status: [],
                          q: "",
                          experiment: "",
                          pipeline: "",
                          time: null,
                          archived: false,
                          deleted: false,
                        });
                      }}
                    >
                      {words.clear}
                    </Button>
                  }
                />
              )}
              {isFetchingNextPage && <p className={styles.more}>{words.more}</p>}
            </div>
            {chosen !== undefined && <Glance key={chosen.id} run={chosen} />}
          </div>
        </>
      )}
      <LiveBanner />
    </div>
  );
};
