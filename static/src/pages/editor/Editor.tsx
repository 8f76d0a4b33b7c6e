import { ShieldAlert, Workflow } from "lucide-react";
import { Suspense, lazy, useCallback, useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useStore } from "zustand";
import { Canvas } from "@/canvas/Canvas";
import { foresee } from "@/commands/acts/planning";
import { menuOf } from "@/commands/all";
import type { Place } from "@/commands/command";
import { listenToClipboard } from "@/commands/clipboard-events";
import { listenToKeys } from "@/commands/keymap";
import type { PortRef } from "@/graph/edges";
import { Drawer } from "@/panels/drawer/Drawer";
import { Inspector } from "@/panels/inspector";
import { Overlays } from "@/panels/overlays/Overlays";
import { Palette } from "@/panels/palette";
import { QuickAdd } from "@/panels/quickadd/QuickAdd";
import { prefer, preferences } from "@/state/preferences";
import { useDocument, useSession, useView } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { imports as importWords } from "@/text/imports";
import { AreaMenu, Button, EmptyState, Spinner, Splitter } from "@/ui";
import type { MenuItem } from "@/ui";
import styles from "./Editor.module.css";
import { menuItems, unmark } from "./menuItems";
import { useModuleDrops } from "./useModuleDrops";
import { useUploads } from "./useUploads";

const LogsSlot = lazy(() => import("./LogsSlot"));
const AddModule = lazy(() => import("../addmodule/AddModule").then((one) => ({ default: one.AddModule })));
const MetricsSlot = lazy(() => import("./MetricsSlot"));
const PreviewSlot = lazy(() => import("./PreviewSlot"));

/** What a tab of the drawer shows is fetched when it is first opened. */
const slot = (content: ReactNode) => (
  <Suspense fallback={<Spinner label={text.frame.loading} />}>{content}</Suspense>
);

/** What the right button offers, for what is selected now. */
const offered = (session: Session): readonly MenuItem[] => {
  const { nodes, wires, notes } = session.selection.getState();
  const place: Place = nodes.size > 0 ? "node" : wires.size > 0 ? "wire" : notes.size > 0 ? "note" : "pane";
  return menuItems(session, menuOf(session, place));
};

const Empty = () => {
  const session = useSession();
  const empty = useDocument(
    (document) => Object.keys(document.nodes).length === 0 && document.notes.length === 0,
  );
  if (!empty) return null;
  return (
    <div className={styles.empty}>
      <EmptyState
        picture={<Workflow />}
        title={text.editor.empty}
        text={text.editor.emptyText}
        action={
          !session.readOnly && (
            <Button
              onClick={() => {
                const stage = session.stage.current;
                if (!stage) return;
                const place = stage.middle();
                session.view.setState({ quickAdd: { at: stage.toScreen(place), place, from: null } });
              }}
            >
              {text.editor.emptyAction}
            </Button>
          )
        }
      />
    </div>
  );
};

/** Says that something of the pipeline came from elsewhere, and may not run yet. */
const Unaccepted = () => {
  const session = useSession();
  const waits = useStore(session.findings, ({ all }) => all.some((one) => one.code === "not_accepted"));
  if (!waits) return null;
  return (
    <p className={styles.unaccepted} role="status">
      <ShieldAlert aria-hidden="true" />
      <span>{importWords.banner}</span>
      <Link to="/imports">{importWords.review}</Link>
    </p>
  );
};

const Middle = () => {
  const session = useSession();
  const upload = useUploads(session);
  const { onFiles, file, added, close } = useModuleDrops(session, upload);
  const [items, setItems] = useState<readonly MenuItem[]>([]);
  const [open, setOpen] = useState(false);
  // What each line would do is told when the answer comes.
  useEffect(() => {
    if (!open) return;
    return session.planning.subscribe(() => {
      setItems(offered(session));
    });
  }, [open, session]);
  const onPreview = useCallback(
    ({ node, port }: PortRef) => {
      session.view.setState(({ drawer }) => ({
        previewed: { node, port },
        drawer: drawer === null ? null : "preview",
      }));
    },
    [session],
  );
  return (
    <div className={styles.middle}>
      <AreaMenu
        items={items}
        onOpenChange={(now) => {
          setOpen(now);
          if (now) {
            setItems(offered(session));
            foresee(session);
          } else unmark(session);
        }}
      >
        <div className={styles.stage}>
          <Canvas onFiles={onFiles} onPreview={onPreview} />
          <Empty />
          <Unaccepted />
          {file && (
            <Suspense fallback={null}>
              <AddModule
                key={`${file.name} ${String(file.lastModified)}`}
                file={file}
                onClose={close}
                onAdded={added}
              />
            </Suspense>
          )}
        </div>
      </AreaMenu>
      <Drawer
        slots={{
          logs: slot(<LogsSlot />),
          preview: slot(<PreviewSlot />),
          metrics: slot(<MetricsSlot />),
        }}
      />
    </div>
  );
};

/** The editor of one pipeline: palette, canvas, inspector, drawer, and what lies over them. */
export const Editor = () => {
  const session = useSession();
  const palette = useView((view) => view.palette) && !session.readOnly;
  const inspector = useView((view) => view.inspector);
  const paletteWidth = useStore(preferences, (one) => one.paletteWidth);
  const inspectorWidth = useStore(preferences, (one) => one.inspectorWidth);
  const editor = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const stops = [listenToKeys(session), listenToClipboard(session)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [session]);

  return (
    <div ref={editor} className={styles.editor}>
      {palette && (
        <>
          <aside
            className={styles.palette}
            style={{ width: paletteWidth }}
            aria-label={text.editor.modulesPanel}
          >
            <Palette />
          </aside>
          <Splitter
            label={text.editor.modulesPanel}
            direction="vertical"
            size={paletteWidth}
            minimum={200}
            maximum={440}
            onResize={(width) => {
              prefer({ paletteWidth: width });
            }}
          />
        </>
      )}
      <Middle />
      {inspector && (
        <>
          <Splitter
            label={text.inspector.label}
            direction="vertical"
            after
            size={inspectorWidth}
            minimum={260}
            maximum={640}
            onResize={(width) => {
              prefer({ inspectorWidth: width });
            }}
          />
          <aside
            className={styles.inspector}
            style={{ width: inspectorWidth }}
            aria-label={text.inspector.label}
          >
            <Inspector />
          </aside>
        </>
      )}
      <QuickAdd />
      <Overlays />
    </div>
  );
};
