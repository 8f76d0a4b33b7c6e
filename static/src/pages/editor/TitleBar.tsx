import { CircleCheck, CloudOff, Play, Redo2, Square, TriangleAlert, Undo2 } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { useStore } from "zustand";
import { renamePipeline } from "@/commands/acts/entries";
import { commandById, perform } from "@/commands/all";
import { labelOf } from "@/commands/command";
import { isMoving } from "@/state/run";
import { worst } from "@/state/findings";
import { useDocument, useSession } from "@/state/session";
import { text } from "@/text";
import {
  Button,
  Duration,
  IconButton,
  RelativeTime,
  StatusIcon,
  classes,
  isStatusName,
  keysInWords,
} from "@/ui";
import { TopBar } from "../frame/TopBar";
import styles from "./Editor.module.css";

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
        </Link>
      )}
      <Button
        look="filled"
        icon={<Play />}
        onClick={go}
        title={`${text.editor.run} (${keysInWords("Mod+Enter")})`}
      >
        {text.editor.run}
      </Button>
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
      <RunButton />
    </div>
  </TopBar>
);
