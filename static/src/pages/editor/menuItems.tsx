import { perform } from "@/commands/all";
import { labelOf } from "@/commands/command";
import type { Command } from "@/commands/command";
import type { Session } from "@/state/session";
import type { MenuItem } from "@/ui";

/** Commands as the lines of a menu, with what each would do, in groups parted by lines. */
export const menuItems = (session: Session, groups: readonly (readonly Command[])[]): readonly MenuItem[] =>
  groups
    .filter((group) => group.length > 0)
    .flatMap((group, at): readonly MenuItem[] => [
      ...(at > 0 ? [{ kind: "separator" as const, id: `line-${String(at)}` }] : []),
      ...group.map((command): MenuItem => {
        const Icon = command.icon;
        const keys = command.keys?.[0];
        const detail = command.hint?.(session) ?? "";
        return {
          kind: "item",
          id: command.id,
          label: labelOf(command, session),
          ...(Icon ? { icon: <Icon /> } : {}),
          ...(detail === "" ? {} : { detail }),
          ...(keys === undefined ? {} : { shortcut: keys }),
          ...(command.danger ? { danger: true } : {}),
          onPoint: () => {
            session.view.setState({ path: command.about?.(session) ?? null });
          },
          onSelect: () => {
            perform(session, command);
          },
        };
      }),
    ]);

/** The menu is gone: nothing is marked for it any more. */
export const unmark = (session: Session): void => {
  session.view.setState({ path: null });
};
