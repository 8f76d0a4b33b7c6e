import { useQueryClient } from "@tanstack/react-query";
import { Archive, ArrowLeft, ArchiveRestore, Ellipsis, Play, Save as SaveIcon } from "lucide-react";
import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useStore } from "zustand";
import { isApiError } from "@/api/errors";
import { editorKeys } from "@/api/queries.editor";
import {
  archiveModule,
  createModule,
  moduleKeys,
  rollBack,
  saveModule,
  useReading,
} from "@/api/queries.modules";
import type { OwnModule } from "@/api/queries.modules";
import type { Catalogue, ModuleSpec } from "@/graph/catalogue";
import { fits } from "@/graph/ports";
import { TopBar } from "@/pages/frame/TopBar";
import { toastError } from "@/pages/shared/openPipeline";
import { prefer, preferences } from "@/state/preferences";
import { documentOf } from "@/state/session";
import { text } from "@/text";
import { studio as words } from "@/text/studio";
import {
  Button,
  CategoryIcon,
  Chip,
  CodeEditor,
  IconButton,
  Kbd,
  Menu,
  Segmented,
  Splitter,
  Tabs,
  toast,
} from "@/ui";
import type { CodeHandle } from "@/ui";
import { Save, Stale, newerOf } from "./Dialogs";
import type { Newer } from "./Dialogs";
import { keepDraft } from "./draft";
import type { Draft } from "./draft";
import { NodeForm, NodePicture, useNodeSession } from "./Preview";
import { Result } from "./Result";
import type { ResultTab } from "./Result";
import { Uses, Versions } from "./Side";
import styles from "./studio.module.css";
import { SOURCES, TEMPLATES, isTemplate } from "./templates";
import { TestData, isChosen } from "./TestData";
import type { Inputs } from "./TestData";
import { useColumns } from "./useColumns";
import { TESTED, lineOf, useTrial } from "./useTrial";
import { WORDS } from "./words";

/** Milliseconds after the last key before the source is read again. */
const PAUSE = 250;
const SAMPLE_ROWS = 1000;

const useLater = <T,>(value: T, wait: number): T => {
  const [late, setLate] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => {
      setLate(value);
    }, wait);
    return () => {
      clearTimeout(timer);
    };
  }, [value, wait]);
  return late;
};

/** The newest specification that could be read, and whether the source says something else by now. */
const useLastSpec = (spec: ModuleSpec | null): ModuleSpec | null => {
  const [last, setLast] = useState(spec);
  if (spec !== null && spec !== last) setLast(spec);
  return spec ?? last;
};

/** What each input is tested with: what was chosen, else the first dataset that fits. */
const withDefaults = (inputs: Inputs, spec: ModuleSpec | null, catalogue: Catalogue): Inputs =>
  Object.fromEntries(
    (spec?.inputs ?? []).flatMap((port) => {
      const chosen = inputs[port.name];
      if (chosen) return [[port.name, chosen]];
      if (port.optional) return [];
      const first = [...catalogue.datasets.values()].find((one) => fits(catalogue, one.type, port.type));
      return first ? [[port.name, { dataset: first.reference, rows: SAMPLE_ROWS }]] : [];
    }),
  );

export interface StudioProps {
  /** The module as it is saved; null for a new one. */
  readonly own: OwnModule | null;
  readonly catalogue: Catalogue;
  /** What the editor begins with. */
  readonly begin: Draft;
  /** Whether that is unsaved work of an earlier visit. */
  readonly restored: boolean;
  /** What the text is without unsaved work. */
  readonly saved: string;
  /** What the inputs are tested with at first. */
  readonly inputs: Inputs;
}

/** The page on which a module is written: its source, the node it makes, its test, its versions. */
export const Studio = ({ own, catalogue, begin, restored, saved, inputs: given }: StudioProps) => {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const back = query.get("back");
  const name = own?.name ?? "";
  const [source, setSource] = useState(begin.source);
  const [basedOn, setBasedOn] = useState(begin.basedOn);
  const [base, setBase] = useState(saved);
  const [showRestored, setShowRestored] = useState(restored);
  const [side, setSide] = useState("node");
  const [tab, setTab] = useState<ResultTab>("findings");
  const [height, setHeight] = useState(240);
  const [picked, setPicked] = useState<Inputs>(given);
  const [saving, setSaving] = useState(false);
  const [busy, setBusy] = useState(false);
  const [newer, setNewer] = useState<(Newer & { readonly note: string }) | null>(null);
  const width = useStore(preferences, (one) => one.inspectorWidth);
  const handle = useRef<CodeHandle | null>(null);
  const dirty = source !== base;

  const asked = useLater(source, PAUSE);
  const reading = useReading(name, asked);
  const current = reading.data?.spec ?? null;
  const spec = useLastSpec(current);
  const findings = useMemo(() => reading.data?.findings ?? [], [reading.data]);
  const stale = current === null && reading.data !== undefined;
  const inputs = useMemo(() => withDefaults(picked, spec, catalogue), [picked, spec, catalogue]);
  const columns = useColumns(inputs, catalogue);
  const session = useNodeSession(spec, catalogue, columns);
  const trial = useTrial();

  useEffect(() => {
    keepDraft(name, dirty ? { source, basedOn } : null);
  }, [name, source, basedOn, dirty]);

  const failedAt = trial.source === source ? lineOf(trial.step) : 0;
  const failure = trial.step?.error?.message ?? "";
  const marks = useMemo(
    () => [
      ...findings.map(({ line, severity, message, cure }) => ({
        line,
        severity,
        message: cure === "" ? message : `${message}\n${cure}`,
      })),
      ...(failedAt > 0 ? [{ line: failedAt, severity: "error" as const, message: failure }] : []),
    ],
    [findings, failedAt, failure],
  );

  // The tab that says most, when the test has ended.
  const ended = trial.busy ? null : (trial.step?.status ?? null);
  const [shownEnd, setShownEnd] = useState<string | null>(null);
  const end = ended === null ? null : `${trial.run?.id ?? ""} ${ended}`;
  if (end !== shownEnd) {
    setShownEnd(end);
    if (ended === "completed") setTab(Object.keys(trial.step?.outputs ?? {}).length > 0 ? "output" : "log");
    else if (ended === "failed") setTab("log");
  }

  const test = (): void => {
    if (trial.busy) return;
    const missing = (spec?.inputs ?? []).find((port) => !port.optional && !isChosen(inputs[port.name]));
    if (missing) {
      setSide("node");
      toast({ text: words.missing(missing.label), tone: "bad" });
      return;
    }
    const set = documentOf(session).nodes[TESTED]?.parameters ?? {};
    const known = new Set((spec?.parameters ?? []).map((one) => one.name));
    trial.begin(
      name,
      source,
      Object.fromEntries(Object.entries(inputs).filter(([, input]) => isChosen(input))),
      Object.fromEntries(Object.entries(set).filter(([key]) => known.has(key))),
    );
    setTab((now) => (now === "findings" ? "log" : now));
  };

  const took = (made: OwnModule): void => {
    keepDraft(name, null);
    setBase(made.source);
    setBasedOn(made.spec.version);
    setSaving(false);
    setNewer(null);
    setShowRestored(false);
    client.setQueryData(moduleKeys.own(made.name), made);
    void client.invalidateQueries({ queryKey: editorKeys.modules });
    void client.invalidateQueries({ queryKey: editorKeys.catalogue });
    // A copy that was made for a node takes the place of the original there.
    const node = query.get("node");
    const reference = `${made.name}@${String(made.spec.version)}`;
    const home =
      back !== null && node !== null
        ? `${back}?${new URLSearchParams({ node, module: reference }).toString()}`
        : back;
    toast({
      text: words.saved(made.spec.version),
      subject: "module saved",
      ...(home === null
        ? {}
        : {
            action: {
              label: words.back,
              do: () => {
                void navigate(home);
              },
            },
          }),
    });
    if (name === "")
      void navigate(`/modules/${made.name}/edit${home === null ? "" : `?back=${encodeURIComponent(home)}`}`, {
        replace: true,
      });
  };

  const save = (note: string, after = basedOn): void => {
    setBusy(true);
    (own ? saveModule(own.name, source, after, note) : createModule(source, note))
      .then(took)
      .catch((error: unknown) => {
        const found = isApiError(error) ? newerOf(error.details) : null;
        setSaving(false);
        if (found) setNewer({ ...found, note });
        else toastError(error);
      })
      .finally(() => {
        setBusy(false);
      });
  };

  const askToSave = (): void => {
    if (own && !dirty) toast({ text: words.same, subject: "module saved" });
    else if (stale) {
      setTab("findings");
      toast({ text: words.broken, tone: "bad", subject: "module saved" });
    } else setSaving(true);
  };

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const what = event.key === "s" ? askToSave : event.key === "Enter" ? test : null;
    if (!what || saving || newer) return;
    event.preventDefault();
    event.stopPropagation();
    what();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      onKey(event);
    };
    // Before the editor, which has a meaning of its own for Ctrl+Enter.
    window.addEventListener("keydown", listen, true);
    return () => {
      window.removeEventListener("keydown", listen, true);
    };
  }, []);

  const archive = (archived: boolean): void => {
    archiveModule(name, archived)
      .then((made) => {
        client.setQueryData(moduleKeys.own(name), made);
        if (archived)
          toast({
            text: words.archivedToast(made.spec.title),
            action: {
              label: words.undo,
              do: () => {
                archive(false);
              },
            },
          });
      })
      .catch(toastError);
  };

  const goBack = (version: number): void => {
    rollBack(name, version)
      .then((made) => {
        setSource(made.source);
        took(made);
      })
      .catch(toastError);
  };

  const title = spec?.title ?? words.newModule;
  return (
    <div className={styles.page}>
      <TopBar>
        <title>{`${title} · ${text.frame.product}`}</title>
        <div className={styles.head}>
          <CategoryIcon category={spec?.category ?? ""} size={24} />
          <h1>{title}</h1>
          {own ? <Chip>{words.version(own.spec.version)}</Chip> : <Chip tone="warn">{words.neverSaved}</Chip>}
          {own && dirty && <span className={styles.dirty}>{words.unsaved}</span>}
          <span className={styles.space} />
          {back !== null && (
            <Button
              look="quiet"
              icon={<ArrowLeft />}
              onClick={() => {
                void navigate(back);
              }}
            >
              {words.back}
            </Button>
          )}
          <Button icon={<Play />} title={words.testHint} disabled={trial.busy || stale} onClick={test}>
            {trial.busy ? words.testing : words.test}
            <Kbd keys="Mod+Enter" />
          </Button>
          <Button
            look="filled"
            icon={<SaveIcon />}
            title={words.saveHint}
            disabled={busy}
            onClick={askToSave}
          >
            {words.save}
          </Button>
          {own && (
            <Menu
              align="end"
              items={[
                {
                  kind: "item",
                  id: "archive",
                  label: own.archived == null ? words.archive : words.unarchive,
                  icon: own.archived == null ? <Archive /> : <ArchiveRestore />,
                  onSelect: () => {
                    archive(own.archived == null);
                  },
                },
              ]}
              trigger={
                <IconButton label={words.more}>
                  <Ellipsis />
                </IconButton>
              }
            />
          )}
        </div>
      </TopBar>
      <div className={styles.left}>
        {!own && isTemplate(source) && (
          <div className={styles.start}>
            <span>{words.start}</span>
            <Segmented
              compact
              label={words.start}
              value={TEMPLATES.find((one) => SOURCES[one] === source) ?? ""}
              options={TEMPLATES.map((one) => ({ value: one, label: words.templates[one] }))}
              onChange={(chosen) => {
                const template = TEMPLATES.find((one) => one === chosen);
                if (template) setSource(SOURCES[template]);
              }}
            />
          </div>
        )}
        {own?.archived != null && (
          <div className={styles.bar}>
            <span>{words.archived}</span>
            <Button
              size="small"
              onClick={() => {
                archive(false);
              }}
            >
              {words.unarchive}
            </Button>
          </div>
        )}
        {showRestored && dirty && (
          <div className={styles.bar} role="status">
            <span>{words.restored}</span>
            <Button
              size="small"
              onClick={() => {
                setSource(base);
                setBasedOn(own?.spec.version ?? 0);
                setShowRestored(false);
                toast({ text: words.discarded });
              }}
            >
              {words.discard}
            </Button>
          </div>
        )}
        <div className={styles.code}>
          <CodeEditor
            fill
            autoFocus
            label={words.editor}
            language={own?.versions[0]?.kind === "command" ? "text" : "python"}
            value={source}
            onChange={setSource}
            words={WORDS}
            marks={marks}
            handle={handle}
          />
        </div>
        <Splitter
          label={words.result}
          direction="horizontal"
          after
          size={height}
          minimum={90}
          maximum={620}
          onResize={setHeight}
        />
        <div className={styles.result} style={{ height }}>
          <Result
            findings={findings}
            trial={trial}
            source={source}
            spec={spec}
            tab={tab}
            onTab={setTab}
            onGo={(line) => {
              handle.current?.go(line);
            }}
          />
        </div>
      </div>
      <Splitter
        label={words.side}
        direction="vertical"
        after
        size={Math.max(340, width)}
        minimum={340}
        maximum={640}
        onResize={(next) => {
          prefer({ inspectorWidth: next });
        }}
      />
      <aside className={styles.side} style={{ width: Math.max(340, width) }} aria-label={words.side}>
        <Tabs
          label={words.side}
          value={side}
          onChange={setSide}
          tabs={[
            {
              id: "node",
              label: words.tabs.node,
              content: (
                <div className={styles.about}>
                  {spec ? (
                    <>
                      {stale && <p className={styles.staleNote}>{words.stale}</p>}
                      <NodePicture session={session} spec={spec} catalogue={catalogue} stale={stale} />
                      <section className={styles.section}>
                        <h3>{words.data}</h3>
                        <TestData
                          ports={spec.inputs}
                          catalogue={catalogue}
                          inputs={inputs}
                          onChange={setPicked}
                        />
                      </section>
                      <section className={styles.section}>
                        <h3>{words.parameters}</h3>
                        {spec.parameters.length > 0 && <p className={styles.quiet}>{words.parametersHelp}</p>}
                        <NodeForm session={session} spec={spec} stale={stale} />
                      </section>
                    </>
                  ) : (
                    <p className={styles.staleNote}>{reading.data ? words.notYet : words.reading}</p>
                  )}
                </div>
              ),
            },
            {
              id: "versions",
              label: words.tabs.versions,
              mark: own ? <span className={styles.mark}>{own.versions.length}</span> : undefined,
              content: (
                <div className={styles.about}>
                  <Versions own={own} source={source} onRollBack={goBack} />
                </div>
              ),
            },
            ...(own
              ? [
                  {
                    id: "uses",
                    label: words.tabs.uses,
                    content: (
                      <div className={styles.about}>
                        <Uses name={own.name} />
                      </div>
                    ),
                  },
                ]
              : []),
          ]}
        />
      </aside>
      {saving && (
        <Save
          name={own?.name ?? spec?.name ?? ""}
          version={basedOn + 1}
          busy={busy}
          onSave={save}
          onClose={() => {
            setSaving(false);
          }}
        />
      )}
      {newer && (
        <Stale
          newer={newer}
          source={source}
          onKeep={() => {
            save(newer.note, newer.version);
          }}
          onTake={() => {
            setSource(newer.source);
            setBase(newer.source);
            setBasedOn(newer.version);
            setNewer(null);
            void client.invalidateQueries({ queryKey: moduleKeys.own(name) });
          }}
          onClose={() => {
            setNewer(null);
          }}
        />
      )}
    </div>
  );
};
