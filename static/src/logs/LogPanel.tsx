import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Download, Search, WrapText, X } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { isApiError, messageOf } from "@/api/errors";
import { logDownloadPath, searchLog } from "@/api/queries.logs";
import type { Stream } from "@/api/queries.logs";
import { isStepOver } from "@/api/types";
import type { Step } from "@/api/types";
import { useStep } from "@/live/hooks";
import { logs as words } from "@/text/logs";
import {
  EmptyState,
  ErrorState,
  IconButton,
  Spinner,
  TextInput,
  classes,
  formatBytes,
  formatCount,
} from "@/ui";
import { LogView } from "./LogView";
import styles from "./logs.module.css";
import { useLog } from "./useLog";

type Choice = Stream | "both";

interface Place {
  readonly stream: Stream;
  readonly line: number;
}

const STREAMS: readonly Stream[] = ["stdout", "stderr"];
const CHOICES: readonly Choice[] = ["stdout", "stderr", "both"];

const Pane = ({
  run,
  step,
  stream,
  wrap,
  needle,
  place,
  titled,
}: {
  readonly run: string;
  readonly step: Step;
  readonly stream: Stream;
  readonly wrap: boolean;
  readonly needle: string;
  readonly place: Place | null;
  readonly titled: boolean;
}) => {
  const open = !isStepOver(step.status);
  const buffer = useLog(run, step.node, stream, open);
  const target = place !== null && place.stream === stream ? place : null;
  const error = buffer.error();
  return (
    <section className={styles.pane}>
      {titled && (
        <header className={styles.paneTitle}>
          <h4>{words.streams[stream]}</h4>
          <span className="numbers">
            {words.lines(formatCount(buffer.lines()), formatBytes(buffer.size()))}
          </span>
        </header>
      )}
      {!buffer.ready() ? (
        error === null ? (
          <Spinner label={words.panel} />
        ) : (
          <ErrorState
            message={words.failed}
            cause={messageOf(error)}
            cure={isApiError(error) ? error.cure : undefined}
          />
        )
      ) : buffer.lines() === 0 ? (
        <p className={styles.empty}>{open ? words.emptyLive : words.empty}</p>
      ) : (
        <LogView
          buffer={buffer}
          label={words.region(words.streams[stream], step.name)}
          wrap={wrap}
          needle={needle}
          target={target}
          follow={open || step.status === "failed"}
        />
      )}
    </section>
  );
};

const Reader = ({ run, step }: { readonly run: string; readonly step: Step }) => {
  const written = (stream: Stream): number => step.log_bytes[stream] ?? 0;
  const [picked, setPicked] = useState<Choice | null>(null);
  const natural: Choice =
    step.status === "failed" && written("stderr") > 0 && written("stdout") === 0 ? "stderr" : "stdout";
  const choice = picked ?? natural;
  const [wrap, setWrap] = useState(() => localStorage.getItem("designer.log.wrap") === "yes");
  const [typed, setTyped] = useState("");
  const needle = useDeferredValue(typed);
  const [at, setAt] = useState(0);
  const [place, setPlace] = useState<Place | null>(null);
  const open = !isStepOver(step.status);
  const streams = choice === "both" ? STREAMS : [choice];
  const matches = useQuery({
    queryKey: ["logs", "search", run, step.node, step.attempt, choice, needle],
    queryFn: async ({ signal }) => {
      // Typing goes on: ask when it pauses.
      await new Promise((resolve) => setTimeout(resolve, 180));
      signal.throwIfAborted();
      const found = await Promise.all(
        streams.map((stream) => searchLog(run, step.node, stream, needle, signal)),
      );
      return {
        places: found.flatMap((one, index) =>
          one.items.map((item): Place => ({ stream: streams[index] ?? "stdout", line: item.line })),
        ),
        more: found.some((one) => one.more),
      };
    },
    enabled: needle !== "",
    placeholderData: keepPreviousData,
    refetchInterval: open && needle !== "" ? 3000 : false,
  });
  const places = needle === "" ? [] : (matches.data?.places ?? []);

  const go = (by: number): void => {
    if (places.length === 0) return;
    const next = (at + by + places.length) % places.length;
    setAt(next);
    setPlace({ ...(places[next] ?? { stream: "stdout", line: 0 }) });
  };

  // The first match of a new search comes into sight by itself.
  const [seen, setSeen] = useState("");
  if (needle !== seen && !matches.isPlaceholderData && (needle === "" || matches.data !== undefined)) {
    setSeen(needle);
    setAt(0);
    setPlace(places[0] ?? null);
  }

  return (
    <div className={styles.panel}>
      <div className={styles.bar}>
        <div className={styles.streams} role="radiogroup" aria-label={words.which}>
          {CHOICES.map((one) => (
            <button
              key={one}
              type="button"
              role="radio"
              aria-checked={choice === one}
              className={styles.stream}
              onClick={() => {
                setPicked(one);
              }}
            >
              {words.streams[one]}
              {one !== "both" && written(one) > 0 && (
                <span className={classes(styles.size, "numbers")}>{formatBytes(written(one))}</span>
              )}
            </button>
          ))}
        </div>
        <div className={styles.search}>
          <TextInput
            icon={<Search />}
            value={typed}
            placeholder={words.search}
            aria-label={words.search}
            onChange={setTyped}
            onKeyDown={(event) => {
              if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
              if (event.key === "Escape" && typed !== "") {
                event.stopPropagation();
                setTyped("");
              }
            }}
          />
          {needle !== "" && (
            <>
              <span className={classes(styles.found, "numbers")} role="status">
                {matches.data === undefined
                  ? "…"
                  : words.found(Math.min(at + 1, places.length), places.length, matches.data.more)}
              </span>
              <IconButton
                small
                label={words.previous}
                disabled={places.length === 0}
                onClick={() => {
                  go(-1);
                }}
              >
                <ArrowUp />
              </IconButton>
              <IconButton
                small
                label={words.next}
                disabled={places.length === 0}
                onClick={() => {
                  go(1);
                }}
              >
                <ArrowDown />
              </IconButton>
              <IconButton
                small
                label={words.clear}
                onClick={() => {
                  setTyped("");
                }}
              >
                <X />
              </IconButton>
            </>
          )}
        </div>
        <IconButton
          small
          className={styles.tools ?? ""}
          label={words.wrap}
          pressed={wrap}
          onClick={() => {
            localStorage.setItem("designer.log.wrap", wrap ? "no" : "yes");
            setWrap(!wrap);
          }}
        >
          <WrapText />
        </IconButton>
        <a
          className={styles.download}
          href={logDownloadPath(run, step.node, choice === "stderr" ? "stderr" : "stdout")}
          download
          aria-label={words.download}
          title={words.download}
        >
          <Download />
        </a>
      </div>
      <div className={styles.panes}>
        {streams.map((stream) => (
          <Pane
            key={stream}
            run={run}
            step={step}
            stream={stream}
            wrap={wrap}
            needle={needle}
            place={place}
            titled={choice === "both"}
          />
        ))}
      </div>
    </div>
  );
};

export interface LogPanelProps {
  readonly run: string;
  readonly node: string;
}

/** What a step printed, as it prints it. The run must be watched by somebody (`useRun`). */
export const LogPanel = ({ run, node }: LogPanelProps) => {
  const step = useStep(run, node);
  if (step === null) return <Spinner label={words.panel} />;
  if (step.dataset !== "") return <EmptyState title={words.dataset} />;
  if (step.status === "waiting" || step.status === "queued" || step.status === "skipped")
    return <EmptyState title={words.notStarted} text={step.why} />;
  return <Reader key={`${run}/${node}/${step.attempt}`} run={run} step={step} />;
};
