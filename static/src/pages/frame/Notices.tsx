import { OctagonAlert, TriangleAlert, X } from "lucide-react";
import { useStore } from "zustand";
import { useSystem } from "@/api/queries.previews";
import { prefer, preferences } from "@/state/preferences";
import { text } from "@/text";
import { IconButton } from "@/ui";
import styles from "./Frame.module.css";

/** So many that were put away are remembered. */
const MOST = 50;

/** What everyone should know now: what keeps runs from going on stands until it is over, the rest can be put away. */
export const Notices = () => {
  const notices = useSystem().data?.notices ?? [];
  const away = useStore(preferences, (one) => one.putAway);
  const shown = notices.filter(({ message, severity }) => severity === "error" || !away.includes(message));
  if (shown.length === 0) return null;
  return (
    <div className={styles.notices}>
      {shown.map(({ code, severity, message, cure }) => (
        <div
          key={code}
          className={styles.notice}
          data-severity={severity}
          role={severity === "error" ? "alert" : "status"}
        >
          {severity === "error" ? <OctagonAlert aria-hidden="true" /> : <TriangleAlert aria-hidden="true" />}
          <p>
            <b>{message}</b> {cure}
          </p>
          {severity !== "error" && (
            <IconButton
              small
              label={text.frame.putAway}
              onClick={() => {
                prefer({ putAway: [...away, message].slice(-MOST) });
              }}
            >
              <X />
            </IconButton>
          )}
        </div>
      ))}
    </div>
  );
};
