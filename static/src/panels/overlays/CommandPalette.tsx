import { useState } from "react";
import { COMMANDS, perform } from "@/commands/all";
import { labelOf } from "@/commands/command";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { Dialog, Kbd } from "@/ui";
import { match } from "../quickadd/suggest";
import styles from "./Overlays.module.css";
import { Picker } from "./Picker";

/** Every command, by its name. */
export const CommandPalette = () => {
  const session = useSession();
  const [query, setQuery] = useState("");
  const close = () => {
    session.view.setState({ overlay: null });
  };
  const found = COMMANDS.filter((command) => !command.hidden && command.when(session))
    .map((command) => ({ command, label: labelOf(command, session) }))
    .map((item) => ({
      ...item,
      score: match(query, `${item.label} ${text.commands.groups[item.command.group]}`),
    }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => (query === "" ? 0 : other.score - one.score));
  return (
    <Dialog open onOpenChange={close} title={text.commands.palette} bare>
      <Picker
        label={text.commands.palette}
        placeholder={text.editor.commandsPlaceholder}
        query={query}
        onQuery={setQuery}
        items={found}
        keyOf={({ command }) => command.id}
        none={text.editor.commandsNone}
        onClose={close}
        onPick={({ command }) => {
          close();
          perform(session, command);
        }}
        draw={({ command, label }) => {
          const Icon = command.icon;
          return (
            <>
              <span className={styles.icon}>{Icon && <Icon />}</span>
              <span className={styles.label}>{label}</span>
              {command.keys?.[0] !== undefined && <Kbd keys={command.keys[0]} quiet />}
            </>
          );
        }}
      />
    </Dialog>
  );
};
