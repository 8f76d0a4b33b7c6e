import { ClipboardPaste } from "lucide-react";
import { text } from "@/text";
import { toast } from "@/ui";
import { pasteText } from "./acts/clipboard";
import { editable } from "./command";
import type { Command } from "./command";

const readClipboard = async (): Promise<string | null> => {
  try {
    // Only where the page is served over https or from this machine.
    return await navigator.clipboard.readText();
  } catch {
    return null;
  }
};

export const paste: Command = {
  id: "paste",
  label: text.commands.paste,
  icon: ClipboardPaste,
  group: "edit",
  menus: ["pane"],
  when: editable,
  do: (session) => {
    void readClipboard().then((clipboard) => {
      if (clipboard === null) toast({ text: text.commands.pasteByKeys });
      else if (!pasteText(session, clipboard, false)) toast({ text: text.commands.nothingToPaste });
    });
  },
};
