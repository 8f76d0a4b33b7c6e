import { classes } from "./classes";
import styles from "./Kbd.module.css";

const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

const SIGNS: Readonly<Record<string, string>> = MAC
  ? { Mod: "⌘", Shift: "⇧", Alt: "⌥", Enter: "↵", Delete: "⌫", ArrowUp: "↑", ArrowDown: "↓", Space: "Space" }
  : { Mod: "Ctrl", Delete: "Del", ArrowUp: "↑", ArrowDown: "↓" };

/** How a shortcut such as `Mod+Shift+Z` is written on this machine's keyboard. */
export const keysInWords = (keys: string): string =>
  keys
    .split("+")
    .map((key) => SIGNS[key] ?? key)
    .join(MAC ? "" : "+");

export interface KbdProps {
  readonly keys: string;
  readonly quiet?: boolean;
}

/** A keyboard shortcut. */
export const Kbd = ({ keys, quiet }: KbdProps) => (
  <kbd className={classes(styles.kbd, quiet && styles.quiet)}>{keysInWords(keys)}</kbd>
);
