import { useState } from "react";
import type { ReactNode } from "react";
import { createPortal } from "react-dom";
import { createStore } from "zustand/vanilla";
import { useStore } from "zustand";
import { text } from "@/text";
import styles from "./Frame.module.css";

const slot = createStore<{ readonly element: HTMLElement | null }>(() => ({ element: null }));

/** Where the page puts its part of the top bar. */
export const TopBarSlot = () => {
  const [set] = useState(() => (element: HTMLElement | null) => {
    slot.setState({ element });
  });
  return <div ref={set} className={styles.slot} />;
};

/** What a page shows in the top bar: its name at the left, its actions at the right. */
export const TopBar = ({ children }: { readonly children: ReactNode }) => {
  const element = useStore(slot, (state) => state.element);
  return element ? createPortal(children, element) : null;
};

export interface PageTitleProps {
  readonly title: string;
  readonly actions?: ReactNode;
}

/** The top bar of a plain page. */
export const PageTitle = ({ title, actions }: PageTitleProps) => (
  <TopBar>
    <title>{`${title} · ${text.frame.product}`}</title>
    <h1 className={styles.title}>{title}</h1>
    <div className={styles.actions}>{actions}</div>
  </TopBar>
);
