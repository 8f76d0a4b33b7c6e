import { Save } from "lucide-react";
import { text } from "@/text";
import { toast } from "@/ui";
import { editable } from "./command";
import type { Command } from "./command";

/** Everything is saved as it changes; the habit of Ctrl+S is answered all the same. */
export const save: Command = {
  id: "save",
  label: text.commands.save,
  icon: Save,
  group: "edit",
  keys: ["Mod+S"],
  when: editable,
  do: (session) => {
    void session.services.current?.flush().then(() => {
      if (session.saving.getState().phase === "saved") toast({ text: text.commands.saved, seconds: 2 });
    });
  },
};
