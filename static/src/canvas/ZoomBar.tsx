import { Maximize, Minus, Plus } from "lucide-react";
import { useStore } from "zustand";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { IconButton } from "@/ui";
import { useCanvas } from "./context";
import styles from "./Canvas.module.css";

/** Zoom, in the corner. */
export const ZoomBar = () => {
  const session = useSession();
  const { camera } = useCanvas();
  const share = useStore(camera, ({ zoom }) => Math.round(zoom * 100));
  return (
    <div className={styles.zoom} data-own-pointer role="group" aria-label={text.editor.zoom}>
      <IconButton small label={text.commands.zoomOut} onClick={() => session.stage.current?.zoomBy(0.8)}>
        <Minus />
      </IconButton>
      <button
        type="button"
        className={styles.zoomShare}
        aria-label={text.commands.zoom100}
        title={text.commands.zoom100}
        onClick={() => session.stage.current?.zoomTo(1)}
      >
        {share} %
      </button>
      <IconButton small label={text.commands.zoomIn} onClick={() => session.stage.current?.zoomBy(1.25)}>
        <Plus />
      </IconButton>
      <IconButton small label={text.commands.fit} onClick={() => session.stage.current?.fit()}>
        <Maximize />
      </IconButton>
    </div>
  );
};
