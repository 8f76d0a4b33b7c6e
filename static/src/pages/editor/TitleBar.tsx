import {
  ChevronDown,
  CircleCheck,
  CloudOff,
  ListChecks,
  Play,
  Redo2,
  Square,
  TriangleAlert,
  Undo2,
} from "lucide-react";
import { useCallback, useState, useSyncExternalStore } from "react";
import { Link } from "react-router";
import { useStore } from "zustand";
import { renamePipeline } from "@/commands/acts/entries";
import { foresee, turnPlan } from "@/commands/acts/planning";
import { commandById, perform } from "@/commands/all";
import { labelOf } from "@/commands/command";
import { shareReused } from "@/graph/reuse";
import { isMoving } from "@/state/run";
import { worst } from "@/state/findings";
import { useDocument, useSelection, useSession } from "@/state/session";
import { text } from "@/text";
import {
  Button,
  Duration,
  IconButton,
  Menu,
  RelativeTime,
  StatusIcon,
  classes,
  isStatusName,
  keysInWords,
} from "@/ui";
import { TopBar } from "../frame/TopBar";
import styles from "./Editor.module.css";
import { menuItems, unmark } from "./menuItems";

/** The name, edited in place. */
const Name = () => {
  const session = useSession();
  const name = useDocument((document) => document.name);
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? name;
  return (
    <span className={styles.nameBox}>
      <title>{`${name === "" ? text.editor.untitled : name} · ${text.frame.product}`}</title>
      <span className={styles.nameSize} aria-hidden="true">
        {shown === "" ? text.editor.untitled : shown}
      </span>
      <input
        className={styles.name}
        aria-label={text.editor.nameLabel}
        placeholder={text.editor.untitled}
        spellCheck={false}
        autoComplete="off"
        readOnly={session.readOnly}
        value={shown}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        onBlur={() => {
          if (typed !== null && typed.trim() !== "") renamePipeline(session, typed.trim());
          setTyped(null);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") {
            setTyped(null);
            event.currentTarget.value = name;
            requestAnimationFrame(() => {
              if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
            });
          }
        }}
      />
    </span>
  );
};

/** Where the draft stands with the server. */
const Saved = () => {
  const session = useSession();
  const saving = useStore(session.saving);
  switch (saving.phase) {
    case "saved":
      return (
        <span className={styles.saved} role="status">
          {text.editor.saved}
        </span>
      );
    case "waiting":
    case "saving":
      return (
        <span className={styles.saved} role="status">
          {text.editor.saving}
        </span>
      );
    case "conflict":
      return (
        <span className={classes(styles.saved, styles.unsaved)} role="status">
          {text.editor.conflict.title}
        </span>
      );
    case "failed":
      return (
        <span
          className={classes(styles.saved, styles.unsaved)}
          role="alert"
          title={`${saving.cure}\n${text.editor.keptHere}`}
        >
          <CloudOff />
          <span className={styles.reason}>{text.editor.notSavedBecause(saving.reason)}</span>
          <button
            type="button"
            className={styles.retry}
            onClick={() => void session.services.current?.flush()}
          >
            {text.editor.retry}
          </button>
        </span>
      );
  }
};

const Step = ({ id }: { readonly id: "undo" | "redo" }) => {
  const session = useSession();
  // Drawn again with each step, since label and state depend on it.
  useStore(session.history, (history) => `${String(history.past.length)}:${String(history.future.length)}`);
  const command = commandById(id);
  if (!command) return null;
  const keys = command.keys?.[0];
  return (
    <IconButton
      label={`${labelOf(command, session)}${keys === undefined ? "" : ` (${keysInWords(keys)})`}`}
      aria-label={text.editor[id]}
      disabled={!command.when(session)}
      onClick={() => {
        perform(session, command);
      }}
    >
      {id === "undo" ? <Undo2 /> : <Redo2 />}
    </IconButton>
  );
};

const Problems = () => {
  const session = useSession();
  const findings = useStore(session.findings, (all) => all.all);
  const empty = useDocument((document) => Object.keys(document.nodes).length === 0);
  if (empty) return null;
  const severity = worst(findings);
  return (
    <button
      type="button"
      className={classes(
        styles.problems,
        severity === "error" && styles.bad,
        severity === "warning" && styles.warn,
      )}
      onClick={() => {
        session.view.setState(({ drawer }) => ({ drawer: drawer === "problems" ? null : "problems" }));
      }}
      aria-label={text.editor.problems(findings.length)}
      title={text.editor.problems(findings.length)}
    >
      {severity === null ? <CircleCheck /> : <TriangleAlert />}
      {findings.length > 0 && findings.length}
    </button>
  );
};

/** The ways to run, in the order of the menu beside the button. */
const WAYS = [
  ["run", "run-with"],
  ["run-here", "run-from", "run-only"],
  ["run-anew", "resume"],
] as const;

const RunMenu = () => {
  const session = useSession();
  // Drawn again when an answer tells what each line would do.
  useStore(session.planning);
  useStore(session.run);
  useSelection((selection) => selection.nodes);
  const groups = WAYS.map((ids) =>
    ids.flatMap((id) => {
      const command = commandById(id);
      return command?.when(session) ? [command] : [];
    }),
  );
  return (
    <Menu
      align="end"
      trigger={
        <Button
          look="filled"
          icon={<ChevronDown />}
          aria-label={text.running.ways}
          title={text.running.ways}
        />
      }
      items={menuItems(session, groups)}
      onOpenChange={(open) => {
        if (open) foresee(session);
        else unmark(session);
      }}
    />
  );
};

const PlanButton = () => {
  const session = useSession();
  const { on } = useStore(session.planning);
  const moving = useStore(session.run, isMoving);
  const empty = useDocument((document) => Object.keys(document.nodes).length === 0);
  if (empty || moving) return null;
  return (
    <Button
      look="quiet"
      className={classes(styles.plan, on && styles.planOn)}
      icon={<ListChecks />}
      aria-pressed={on}
      title={`${on ? text.commands.hidePlan : text.commands.showPlan} (${keysInWords("Shift+P")})`}
      onClick={() => {
        turnPlan(session, !on);
      }}
    >
      {text.running.plan}
    </Button>
  );
};

/** How many steps of the last run did not have to run again. */
const Reused = () => {
  const session = useSession();
  const subscribe = useCallback((listener: () => void) => session.statuses.subscribeAll(listener), [session]);
  const share = useSyncExternalStore(subscribe, () => {
    const { reused, all } = shareReused(session.statuses.all().values());
    return reused === 0 ? "" : `${String(reused)}/${String(all)}`;
  });
  if (share === "") return null;
  const [reused = "", all = ""] = share.split("/");
  return (
    <span className={styles.reused} title={text.plan.share(Number(reused), Number(all))}>
      <StatusIcon status="reused" size={13} />
      <span className="hidden-visually">{text.plan.share(Number(reused), Number(all))}</span>
      <span aria-hidden="true">{share}</span>
    </span>
  );
};

const RunButton = () => {
  const session = useSession();
  const run = useStore(session.run);
  const moving = isMoving(run);
  const command = commandById(moving ? "cancel" : "run");
  if (!command || session.readOnly) return null;
  const go = () => {
    perform(session, command);
  };
  if (moving) {
    return (
      <>
        {run.id !== null && (
          <Link to={`/runs/${run.id}`} className={styles.run} title={text.running.open}>
            <StatusIcon status={run.status === "running" ? "running" : "queued"} />
            <Duration since={run.started} />
          </Link>
        )}
        <Button icon={<Square />} onClick={go} disabled={run.starting || run.canceling}>
          {run.canceling ? text.editor.canceling : text.editor.cancel}
        </Button>
      </>
    );
  }
  return (
    <>
      {run.id !== null && run.status !== null && isStatusName(run.status) && (
        <Link to={`/runs/${run.id}`} className={styles.run} title={text.editor.lastRun}>
          <StatusIcon status={run.status} label={text.statuses[run.status] ?? run.status} />
          {run.seconds !== null ? (
            <Duration seconds={run.seconds} />
          ) : (
            run.started !== null && <RelativeTime time={run.started} />
          )}
          <Reused />
        </Link>
      )}
      <span className={styles.split}>
        <Button
          look="filled"
          icon={<Play />}
          onClick={go}
          title={`${text.editor.run} (${keysInWords("Mod+Enter")})`}
        >
          {text.editor.run}
        </Button>
        <RunMenu />
      </span>
    </>
  );
};

/** The top bar of the editor. */
export const TitleBar = () => (
  <TopBar>
    <div className={styles.left}>
      <Link to="/pipelines" className={styles.crumb}>
        {text.frame.pipelines}
      </Link>
      <span className={styles.slash} aria-hidden="true">
        /
      </span>
      <Name />
      <Saved />
    </div>
    <div className={styles.right}>
      <Step id="undo" />
      <Step id="redo" />
      <Problems />
      <PlanButton />
      <RunButton />
    </div>
  </TopBar>
);
