import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button, IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Toast.module.css";

export interface ToastMessage {
  readonly text: string;
  readonly tone?: "neutral" | "bad";
  /** One thing to do about it, such as undo. */
  readonly action?: { readonly label: string; readonly do: () => void };
  /** What it is about: the newest message on a subject takes the place of earlier ones. */
  readonly subject?: string;
  /** Seconds until it goes; 6 unless told, bad news stays 12. */
  readonly seconds?: number;
}

interface Shown extends ToastMessage {
  readonly id: number;
}

let shown: readonly Shown[] = [];
let next = 1;
const listeners = new Set<() => void>();

const set = (toasts: readonly Shown[]) => {
  shown = toasts;
  for (const listener of listeners) listener();
};

/** Takes a message away. */
export const dismiss = (id: number): void => {
  set(shown.filter((toast) => toast.id !== id));
};

/** Takes the messages on a subject away: they are no longer news. */
export const dismissAbout = (subject: string): void => {
  set(shown.filter((toast) => toast.subject !== subject));
};

/** Shows a message under the top bar; answers its id. At most three are kept. */
export const toast = (message: ToastMessage): number => {
  const id = next++;
  if (message.subject !== undefined) dismissAbout(message.subject);
  set([...shown.slice(-2), { ...message, id }]);
  const seconds = message.seconds ?? (message.tone === "bad" ? 12 : 6);
  setTimeout(() => {
    dismiss(id);
  }, seconds * 1000);
  return id;
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

/** Where messages appear: once, at the root. */
export const Toasts = () => {
  const toasts = useSyncExternalStore(subscribe, () => shown);
  return (
    <div className={styles.region} role="region" aria-label="Messages">
      {toasts.map((one) => (
        <div
          key={one.id}
          className={classes(styles.toast, one.tone === "bad" && styles.bad)}
          role={one.tone === "bad" ? "alert" : "status"}
        >
          <span className={styles.text}>{one.text}</span>
          {one.action && (
            <Button
              size="small"
              look="quiet"
              className={styles.action}
              onClick={() => {
                one.action?.do();
                dismiss(one.id);
              }}
            >
              {one.action.label}
            </Button>
          )}
          <IconButton
            small
            label="Dismiss"
            onClick={() => {
              dismiss(one.id);
            }}
          >
            <X />
          </IconButton>
        </div>
      ))}
    </div>
  );
};
