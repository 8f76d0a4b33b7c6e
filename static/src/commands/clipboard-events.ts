import type { Session } from "@/state/session";
import { text } from "@/text";
import { toast } from "@/ui";
import { copied, pasteText, removeSelection } from "./acts/clipboard";
import { takesKeys } from "./keymap";

/** Text that a person marked with the mouse is theirs to copy. */
const marksText = (): boolean => (getSelection()?.toString() ?? "") !== "";

/**
 * Copy, cut and paste by the browser's events, which work on plain http where `navigator.clipboard` does not exist.
 */
export const listenToClipboard = (session: Session): (() => void) => {
  const take = (event: ClipboardEvent): boolean => {
    if (takesKeys(event.target) || marksText()) return false;
    const content = copied(session);
    if (content === null || !event.clipboardData) return false;
    event.clipboardData.setData("text/plain", content);
    event.preventDefault();
    return true;
  };
  const copy = (event: ClipboardEvent) => {
    take(event);
  };
  const cut = (event: ClipboardEvent) => {
    if (!session.readOnly && take(event)) removeSelection(session);
  };
  let keepOutside = false;
  const shift = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() === "v") keepOutside = event.shiftKey;
  };
  const paste = (event: ClipboardEvent) => {
    if (session.readOnly || takesKeys(event.target)) return;
    const content = event.clipboardData?.getData("text/plain") ?? "";
    if (content === "") return;
    event.preventDefault();
    if (!pasteText(session, content, keepOutside)) toast({ text: text.commands.nothingToPaste });
  };
  document.addEventListener("copy", copy);
  document.addEventListener("cut", cut);
  document.addEventListener("paste", paste);
  window.addEventListener("keydown", shift, true);
  return () => {
    document.removeEventListener("copy", copy);
    document.removeEventListener("cut", cut);
    document.removeEventListener("paste", paste);
    window.removeEventListener("keydown", shift, true);
  };
};
