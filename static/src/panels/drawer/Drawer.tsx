import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import { prefer, preferences } from "@/state/preferences";
import { useSession, useView } from "@/state/session";
import type { Drawer as DrawerTab } from "@/state/view";
import { text } from "@/text";
import { IconButton, Splitter, Tabs } from "@/ui";
import styles from "./Drawer.module.css";
import { Problems } from "./Problems";

const TABS: readonly DrawerTab[] = ["logs", "preview", "metrics", "problems"];

export interface DrawerProps {
  /** What the tabs show; the problems are the drawer's own. */
  readonly slots: Readonly<Record<Exclude<DrawerTab, "problems">, ReactNode>>;
}

const isTab = (id: string): id is DrawerTab => TABS.some((tab) => tab === id);

/** What a step prints, makes and measures, and what is wrong, below the canvas. */
export const Drawer = ({ slots }: DrawerProps) => {
  const session = useSession();
  const tab = useView((view) => view.drawer);
  const height = useStore(preferences, (one) => one.drawerHeight);
  const problems = useStore(session.findings, (findings) => findings.all.length);
  if (tab === null) return null;
  return (
    <>
      <Splitter
        label={text.editor.drawer.label}
        direction="horizontal"
        after
        size={height}
        minimum={120}
        maximum={Math.max(160, innerHeight - 240)}
        onResize={(drawerHeight) => {
          prefer({ drawerHeight });
        }}
      />
      <section className={styles.drawer} style={{ height }} aria-label={text.editor.drawer.label}>
        <Tabs
          label={text.editor.drawer.label}
          value={tab}
          onChange={(id) => {
            if (isTab(id)) session.view.setState({ drawer: id });
          }}
          actions={
            <IconButton
              small
              label={text.editor.drawer.close}
              onClick={() => {
                session.view.setState({ drawer: null });
              }}
            >
              <X />
            </IconButton>
          }
          tabs={TABS.map((id) => ({
            id,
            label: text.editor.drawer[id],
            mark:
              id === "problems" && problems > 0 ? (
                <span className={styles.count}>{problems}</span>
              ) : undefined,
            content: id === "problems" ? <Problems /> : slots[id],
          }))}
        />
      </section>
    </>
  );
};
