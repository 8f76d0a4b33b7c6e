import { useEffect, useRef } from "react";
import { useCanvas } from "./context";
import styles from "./Canvas.module.css";

const STEP = 16;
const ROOM = 64;

/** The distance of dots on the screen: doubled until they do not swarm, always on the grid. */
const distance = (zoom: number): number => {
  let step = STEP * zoom;
  while (step < 11) step *= 2;
  return step;
};

/** The dotted grid. A pan moves it by less than one dot, so that it is never drawn again. */
export const Dots = () => {
  const { camera } = useCanvas();
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    let size = 0;
    const place = () => {
      const { x, y, zoom } = camera.getState();
      const step = distance(zoom);
      if (step !== size) {
        size = step;
        element.style.backgroundSize = `${String(step)}px ${String(step)}px`;
      }
      // A dot lies in the middle of its tile, and on a crossing of the grid.
      const shift = (at: number) => ((((at - step / 2 + ROOM) % step) + step) % step) - (ROOM % step);
      element.style.transform = `translate(${String(shift(x))}px, ${String(shift(y))}px)`;
    };
    place();
    return camera.subscribe(place);
  }, [camera]);
  return <div ref={ref} className={styles.dots} aria-hidden="true" />;
};
