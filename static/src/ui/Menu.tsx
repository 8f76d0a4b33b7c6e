import { ContextMenu, DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { classes } from "./classes";
import { Kbd } from "./Kbd";
import styles from "./Menu.module.css";

/** One line of a menu; `separator` draws a line. */
export type MenuItem =
  | {
      readonly kind: "item";
      readonly id: string;
      readonly label: string;
      readonly icon?: ReactNode;
      /** What it would do, beside the label. */
      readonly detail?: string;
      readonly shortcut?: string;
      readonly disabled?: boolean;
      readonly checked?: boolean;
      readonly danger?: boolean;
      readonly onSelect: () => void;
      /** The pointer or the keys came to it. */
      readonly onPoint?: () => void;
    }
  | { readonly kind: "separator"; readonly id: string };

interface LineProps {
  readonly item: Extract<MenuItem, { kind: "item" }>;
}

const Line = ({ item }: LineProps) => (
  <>
    <span className={styles.icon}>{item.icon}</span>
    <span className={styles.label}>{item.label}</span>
    {item.detail !== undefined && item.detail !== "" && <span className={styles.detail}>{item.detail}</span>}
    {item.checked && <span aria-hidden="true">✓</span>}
    {item.shortcut && <Kbd keys={item.shortcut} quiet />}
  </>
);

export interface MenuProps {
  readonly trigger: ReactNode;
  readonly items: readonly MenuItem[];
  readonly align?: "start" | "center" | "end";
  readonly side?: "top" | "bottom" | "left" | "right";
  readonly onOpenChange?: (open: boolean) => void;
}

/** A menu that opens from a button. */
export const Menu = ({ trigger, items, align = "start", side = "bottom", onOpenChange }: MenuProps) => (
  <DropdownMenu.Root modal={false} {...(onOpenChange ? { onOpenChange } : {})}>
    <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        className={styles.menu}
        align={align}
        side={side}
        sideOffset={4}
        collisionPadding={8}
      >
        {items.map((item) =>
          item.kind === "separator" ? (
            <DropdownMenu.Separator key={item.id} className={styles.separator} />
          ) : (
            <DropdownMenu.Item
              key={item.id}
              className={classes(styles.item, item.danger && styles.danger)}
              disabled={item.disabled ?? false}
              onSelect={item.onSelect}
              onFocus={item.onPoint}
            >
              <Line item={item} />
            </DropdownMenu.Item>
          ),
        )}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  </DropdownMenu.Root>
);

export interface AreaMenuProps {
  readonly children: ReactNode;
  readonly items: readonly MenuItem[];
  readonly onOpenChange?: (open: boolean) => void;
}

/** The menu of the right mouse button over an area. */
export const AreaMenu = ({ children, items, onOpenChange }: AreaMenuProps) => (
  <ContextMenu.Root modal={false} {...(onOpenChange ? { onOpenChange } : {})}>
    <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
    <ContextMenu.Portal>
      <ContextMenu.Content className={styles.menu} collisionPadding={8}>
        {items.map((item) =>
          item.kind === "separator" ? (
            <ContextMenu.Separator key={item.id} className={styles.separator} />
          ) : (
            <ContextMenu.Item
              key={item.id}
              className={classes(styles.item, item.danger && styles.danger)}
              disabled={item.disabled ?? false}
              onSelect={item.onSelect}
              onFocus={item.onPoint}
            >
              <Line item={item} />
            </ContextMenu.Item>
          ),
        )}
      </ContextMenu.Content>
    </ContextMenu.Portal>
  </ContextMenu.Root>
);
