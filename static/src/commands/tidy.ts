import { Network } from "lucide-react";
import { documentOf } from "@/state/session";
import { text } from "@/text";
import { tidySelection } from "./acts/tidying";
import type { Command } from "./command";

export const tidy: Command = {
  id: "tidy",
  label: text.commands.tidy,
  icon: Network,
  group: "graph",
  keys: ["Shift+Alt+T"],
  menus: ["pane", "node"],
  when: (session) => !session.readOnly && Object.keys(documentOf(session).nodes).length > 1,
  do: (session) => {
    void tidySelection(session);
  },
};
