import type { Session } from "@/state/session";
import { COMMANDS, perform } from "./all";
import type { Command } from "./command";

/** What of a key press decides. */
export interface Press {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

const LETTER = /^Key([A-Z])$/;

/**
 * The name of a press, such as `Mod+Shift+Z`. Letters by their place on the keyboard only where Alt turns them into
 * signs; signs such as `?` and `+` carry no Shift, which is how they are typed.
 */
export const nameOf = (press: Press): string => {
  const letter = LETTER.exec(press.code)?.[1];
  const single = [...press.key].length === 1;
  const isLetter = /^\p{L}$/u.test(press.key);
  const key = press.altKey && letter !== undefined ? letter : single ? press.key.toUpperCase() : press.key;
  const sign = single && !isLetter && !/^\d$/.test(press.key) && key === press.key.toUpperCase();
  return [
    press.ctrlKey || press.metaKey ? "Mod" : "",
    press.shiftKey && !(sign && !press.altKey) ? "Shift" : "",
    press.altKey ? "Alt" : "",
    key === " " ? "Space" : key,
  ]
    .filter((part) => part !== "")
    .join("+");
};

/** The command a press means; undefined for none. */
export const commandFor = (press: Press, session: Session): Command | undefined => {
  const name = nameOf(press);
  return COMMANDS.find((command) => command.keys?.includes(name) && command.when(session));
};

const EDITABLE = 'input, textarea, select, [contenteditable=""], [contenteditable="true"], .cm-editor';

/** Whether what has the focus takes the keys itself: then none of ours may act. */
export const takesKeys = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest(EDITABLE) !== null;

const inOverlay = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('[role="dialog"], [role="menu"]') !== null;

/** These work while a field has the focus: they mean nothing to it. */
const EVERYWHERE: ReadonlySet<string> = new Set(["save", "run", "run-with", "palette"]);

/** The keys Enter and Space belong to a focused button; arrows belong to lists and sliders. */
const belongsToControl = (event: KeyboardEvent): boolean =>
  event.target instanceof Element &&
  event.target.closest(
    '[role="separator"], [role="tab"], [role="slider"], [role="listbox"], [role="tree"]',
  ) !== null &&
  event.key.startsWith("Arrow");

/** Listens to the keys for a session until the returned function is called. */
export const listenToKeys = (session: Session): (() => void) => {
  const press = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || inOverlay(event.target) || belongsToControl(event))
      return;
    const command = commandFor(event, session);
    if (!command) return;
    if (takesKeys(event.target) && !EVERYWHERE.has(command.id)) return;
    event.preventDefault();
    perform(session, command);
  };
  window.addEventListener("keydown", press);
  return () => {
    window.removeEventListener("keydown", press);
  };
};
