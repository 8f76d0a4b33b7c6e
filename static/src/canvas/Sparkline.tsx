import styles from "./Card.module.css";

const WIDTH = 36;
const HEIGHT = 11;

/** The last values of a metric, as a line. */
export const Sparkline = ({ values }: { readonly values: readonly (number | null)[] }) => {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const points = known.map(
    (value, at) =>
      `${((at / (known.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 1 - ((value - low) / span) * (HEIGHT - 2)).toFixed(1)}`,
  );
  return (
    <svg
      className={styles.spark}
      viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
      width={WIDTH}
      height={HEIGHT}
      aria-hidden="true"
    >
      <polyline points={points.join(" ")} />
    </svg>
  );
};
