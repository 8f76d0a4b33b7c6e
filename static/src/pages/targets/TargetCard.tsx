import {
  CircleCheck,
  Ellipsis,
  Pause,
  Pencil,
  Play,
  Plug,
  Server,
  Trash2,
  TriangleAlert,
} from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { changeTarget, makeWorkerToken, testTarget } from "@/api/queries.targets";
import type { Target, TargetStep, Tested } from "@/api/queries.targets";
import { Snippet } from "@/pages/shared/Snippet";
import { toastError } from "@/pages/shared/openPipeline";
import { targets as words } from "@/text/targets";
import { Button, Duration, IconButton, Menu, StatusIcon, classes, formatBytes } from "@/ui";
import { Findings } from "./Findings";
import { KindIcon } from "./icons";
import styles from "./targets.module.css";

/** So many slots are drawn one by one. */
const MOST_SEGMENTS = 32;
const MOST_LISTED = 5;

const Slots = ({ target }: { readonly target: Target }) => {
  const { running, slots, queued } = target;
  const single = slots <= MOST_SEGMENTS;
  return (
    <div className={styles.load}>
      <div
        className={classes(styles.slots, single && styles.segments)}
        role="meter"
        aria-label={words.slots(running, slots)}
        aria-valuemin={0}
        aria-valuemax={slots}
        aria-valuenow={Math.min(running, slots)}
      >
        {single ? (
          Array.from({ length: Math.max(slots, running) }, (_, place) => (
            <i
              key={place}
              data-taken={place < running || undefined}
              data-over={place >= slots || undefined}
            />
          ))
        ) : (
          <i data-taken style={{ width: `${String(Math.min(100, (100 * running) / slots))}%` }} />
        )}
      </div>
      <p className={styles.facts}>
        <span className="numbers">
          {running > 0
            ? words.slots(running, slots)
            : target.state === "ready"
              ? words.free(slots)
              : words.allSlots(slots)}
        </span>
        {queued > 0 && <span className={classes("numbers", styles.queued)}>{words.waiting(queued)}</span>}
      </p>
    </div>
  );
};

interface MeterProps {
  readonly label: string;
  readonly share: number;
  readonly text: string;
}

const Meter = ({ label, share, text }: MeterProps) => (
  <div className={styles.meter}>
    <span>{label}</span>
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * share)}
      aria-valuetext={text}
    >
      <i style={{ width: `${String(Math.min(100, 100 * share))}%` }} data-high={share > 0.9 || undefined} />
    </div>
    <span className="numbers">{text}</span>
  </div>
);

const Load = ({ load }: { readonly load: NonNullable<Target["load"]> }) => (
  <div className={styles.meters}>
    {load.cpu !== null && (
      <Meter label={words.cpu} share={load.cpu} text={`${String(Math.round(100 * load.cpu))} %`} />
    )}
    {load.memory !== null && load.memory_limit !== null && load.memory_limit > 0 && (
      <Meter
        label={words.memory}
        share={load.memory / load.memory_limit}
        text={words.memoryOf(formatBytes(load.memory), formatBytes(load.memory_limit))}
      />
    )}
  </div>
);

const Steps = ({ steps, left }: { readonly steps: readonly TargetStep[]; readonly left: number }) => (
  <ul className={styles.steps}>
    {steps.map((step) => (
      <li key={`${step.run} ${step.node}`}>
        <StatusIcon status={step.status} />
        <Link to={`/runs/${step.run}?step=${encodeURIComponent(step.node)}`}>{step.name}</Link>
        <span className={styles.faint}>{words.inRun(step.run_name)}</span>
        <span className={styles.since}>{step.since !== null && <Duration since={step.since} />}</span>
      </li>
    ))}
    {left > 0 && <li className={styles.faint}>{words.more(left)}</li>}
  </ul>
);

const What = ({ target }: { readonly target: Target }) => {
  const running = target.steps.filter(({ status }) => status !== "queued");
  const queued = target.steps.filter(({ status }) => status === "queued");
  if (target.steps.length === 0) return <p className={styles.faint}>{words.idle}</p>;
  return (
    <>
      {running.length > 0 && (
        <section>
          <h3>{words.running}</h3>
          <Steps steps={running.slice(0, MOST_LISTED)} left={running.length - MOST_LISTED} />
        </section>
      )}
      {queued.length > 0 && (
        <section>
          <h3>{words.queue}</h3>
          <Steps steps={queued.slice(0, MOST_LISTED)} left={target.queued - MOST_LISTED} />
        </section>
      )}
    </>
  );
};

export interface TargetCardProps {
  readonly target: Target;
  readonly kind: string;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}

/** One target: whether it takes steps, its slots, how busy its machine is, and what runs there. */
export const TargetCard = ({ target, kind, onEdit, onDelete }: TargetCardProps) => {
  const [tested, setTested] = useState<Tested | "going" | null>(null);
  const test = (): void => {
    setTested("going");
    testTarget(target.kind, target.options, target.name)
      .then(setTested)
      .catch((problem: unknown) => {
        setTested(null);
        toastError(problem);
      });
  };
  const [token, setToken] = useState("");
  const welcome = (): void => {
    makeWorkerToken(target.name)
      .then((made) => {
        setToken(made.token);
      })
      .catch(toastError);
  };
  const turn = (disabled: boolean): void => {
    changeTarget(target.name, { disabled }).catch(toastError);
  };
  return (
    <article className={styles.card} data-state={target.state} aria-label={target.title}>
      <header className={styles.head}>
        <KindIcon kind={target.kind} />
        <div className={styles.title}>
          <h2>{target.title}</h2>
          <p className={styles.faint}>
            {[target.always ? target.name : kind, target.description]
              .filter((part) => part !== "")
              .join(" · ")}
          </p>
        </div>
        <span className={styles.state}>{words.state[target.state]}</span>
        <Menu
          align="end"
          trigger={
            <IconButton label={words.menu(target.title)}>
              <Ellipsis />
            </IconButton>
          }
          items={[
            { kind: "item", id: "edit", label: words.edit, icon: <Pencil />, onSelect: onEdit },
            { kind: "item", id: "test", label: words.test, icon: <Plug />, onSelect: test },
            ...(target.kind === "celery"
              ? [
                  {
                    kind: "item" as const,
                    id: "worker",
                    label: words.newWorker,
                    icon: <Server />,
                    onSelect: welcome,
                  },
                ]
              : []),
            {
              kind: "item",
              id: "turn",
              label: target.disabled ? words.enable : words.disable,
              icon: target.disabled ? <Play /> : <Pause />,
              onSelect: () => {
                turn(!target.disabled);
              },
            },
            ...(target.always
              ? []
              : [
                  { kind: "separator" as const, id: "line" },
                  {
                    kind: "item" as const,
                    id: "delete",
                    label: words.delete,
                    icon: <Trash2 />,
                    danger: true,
                    onSelect: onDelete,
                  },
                ]),
          ]}
        />
      </header>
      <Slots target={target} />
      {target.state === "unreachable" && (
        <p className={styles.trouble} role="alert">
          <TriangleAlert aria-hidden="true" />
          <span>{target.why}</span>
        </p>
      )}
      {target.notices
        .filter((notice) => notice !== target.why)
        .map((notice) => (
          <p key={notice} className={styles.notice}>
            {notice}
          </p>
        ))}
      {target.load && <Load load={target.load} />}
      <div className={styles.what}>
        <What target={target} />
      </div>
      {tested !== null && (
        <footer className={styles.tested} role="status">
          {tested === "going" ? (
            <p className={styles.faint}>{words.testing}</p>
          ) : tested.findings.length === 0 ? (
            <p className={styles.works}>
              <CircleCheck aria-hidden="true" />
              {words.works(tested.seconds.toFixed(1))}
            </p>
          ) : (
            <Findings findings={tested.findings} icon={<TriangleAlert aria-hidden="true" />} />
          )}
        </footer>
      )}
      {token !== "" && (
        <footer className={styles.tested} role="status">
          <p className={styles.faint}>{words.workerText}</p>
          <Snippet open code={words.workerCommand(target.name, window.location.origin, token)} />
          <div className={styles.turn}>
            <Button
              size="small"
              onClick={() => {
                setToken("");
              }}
            >
              {words.workerSeen}
            </Button>
          </div>
        </footer>
      )}
      {target.disabled && (
        <div className={styles.turn}>
          <Button
            size="small"
            icon={<Play />}
            onClick={() => {
              turn(false);
            }}
          >
            {words.enable}
          </Button>
        </div>
      )}
    </article>
  );
};
