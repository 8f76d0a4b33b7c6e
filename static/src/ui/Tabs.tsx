import { Tabs as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import styles from "./Tabs.module.css";

export interface Tab {
  readonly id: string;
  readonly label: string;
  /** A small number or mark after the word. */
  readonly mark?: ReactNode;
  readonly content: ReactNode;
}

export interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly value: string;
  readonly onChange: (id: string) => void;
  /** What stands at the right of the tab row. */
  readonly actions?: ReactNode;
}

/** Tabs in one row; only the chosen one is mounted. */
export const Tabs = ({ label, tabs, value, onChange, actions }: TabsProps) => (
  <Primitive.Root className={styles.tabs} value={value} onValueChange={onChange}>
    <div className={styles.row}>
      <Primitive.List className={styles.list} aria-label={label}>
        {tabs.map((tab) => (
          <Primitive.Trigger key={tab.id} value={tab.id} className={styles.tab}>
            {tab.label}
            {tab.mark}
          </Primitive.Trigger>
        ))}
      </Primitive.List>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
    {tabs.map((tab) => (
      <Primitive.Content key={tab.id} value={tab.id} className={styles.content}>
        {tab.content}
      </Primitive.Content>
    ))}
  </Primitive.Root>
);
