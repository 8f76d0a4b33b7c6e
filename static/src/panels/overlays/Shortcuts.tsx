import { COMMANDS } from "@/commands/all";
import { nameOf } from "@/commands/command";
import type { Group } from "@/commands/command";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { Dialog, Kbd } from "@/ui";
import styles from "./Overlays.module.css";

const GROUPS: readonly Group[] = ["run", "graph", "edit", "view", "help"];

/** Every shortcut there is, read from the commands themselves. */
export const Shortcuts = () => {
  const session = useSession();
  return (
    <Dialog
      open
      onOpenChange={() => {
        session.view.setState({ overlay: null });
      }}
      title={text.editor.shortcutsTitle}
      size="large"
    >
      <div className={styles.columns}>
        {GROUPS.map((group) => (
          <section key={group} className={styles.section}>
            <h3 className={styles.heading}>{text.commands.groups[group]}</h3>
            {COMMANDS.filter((command) => command.group === group && command.keys).map((command) => (
              <div key={command.id} className={styles.row}>
                <span>{nameOf(command)}</span>
                <span className={styles.keys}>
                  {command.keys?.map((keys) => (
                    <Kbd key={keys} keys={keys} />
                  ))}
                </span>
              </div>
            ))}
          </section>
        ))}
        <section className={styles.section}>
          <h3 className={styles.heading}>{text.editor.mouse.title}</h3>
          {text.editor.mouse.rows.map(([how = "", what = ""]) => (
            <div key={how} className={styles.row}>
              <span>{what}</span>
              <span className={styles.how}>{how}</span>
            </div>
          ))}
        </section>
      </div>
    </Dialog>
  );
};
