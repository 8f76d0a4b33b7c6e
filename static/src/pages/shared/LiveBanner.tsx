import { useLostFor, usePhase } from "@/live/hooks";
import { live as words } from "@/text/live";
import styles from "./shared.module.css";

/** Says that live updates have stopped: after two seconds, so that a blink of the network is no news. */
export const LiveBanner = () => {
  const phase = usePhase();
  const lost = useLostFor(2000);
  if (!lost && phase !== "refused") return null;
  return (
    <div className={styles.banner} role="status">
      <i aria-hidden="true" />
      {phase === "refused" ? words.refused : words.lost}
    </div>
  );
};
