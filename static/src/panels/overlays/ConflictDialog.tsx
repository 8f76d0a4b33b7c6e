import { useStore } from "zustand";
import { messageOf } from "@/api/errors";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { Button, Dialog, toast } from "@/ui";
import styles from "./Overlays.module.css";

const SHOWN = 8;

/** Two people changed one thing. Whatever is chosen, undo or a copy keeps the other. */
export const ConflictDialog = () => {
  const session = useSession();
  const overlaps = useStore(session.saving, (saving) =>
    saving.phase === "conflict" ? saving.overlaps : null,
  );
  if (!overlaps) return null;
  const services = session.services.current;
  const { conflict } = text.editor;
  return (
    <Dialog
      open
      must
      onOpenChange={() => undefined}
      title={conflict.title}
      actions={
        <>
          <Button
            onClick={() => {
              void services
                ?.keepMineAsCopy()
                .then((id) => {
                  toast({
                    text: conflict.copied,
                    action: {
                      label: conflict.open,
                      do: () => {
                        services.go(`/pipelines/${id}`);
                      },
                    },
                  });
                })
                .catch((error: unknown) => {
                  toast({ text: messageOf(error), tone: "bad" });
                });
            }}
          >
            {conflict.copy}
          </Button>
          <Button onClick={() => services?.takeTheirs()}>{conflict.takeTheirs}</Button>
          <Button look="filled" onClick={() => void services?.keepMine()}>
            {conflict.keepMine}
          </Button>
        </>
      }
    >
      <p>{conflict.text}</p>
      <ul className={styles.overlaps}>
        {overlaps.slice(0, SHOWN).map((overlap) => (
          <li key={overlap}>
            <code>{overlap}</code>
          </li>
        ))}
        {overlaps.length > SHOWN && <li>{conflict.more(overlaps.length - SHOWN)}</li>}
      </ul>
      <p className={styles.hint}>{conflict.hint}</p>
    </Dialog>
  );
};
