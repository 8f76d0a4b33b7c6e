import { formatCount } from "@/ui";
import styles from "./charts.module.css";

/** A confusion matrix: what was true in the rows, what was said in the columns, shaded by the share of its row. */
export const HeatMap = ({
  caption,
  labels,
  matrix,
  rowTitle,
  columnTitle,
}: {
  readonly caption: string;
  readonly labels: readonly string[];
  readonly matrix: readonly (readonly number[])[];
  readonly rowTitle: string;
  readonly columnTitle: string;
}) => (
  <div className={styles.heatBox}>
    <table className={styles.heat}>
      <caption className="hidden-visually">{caption}</caption>
      <thead>
        <tr>
          <td />
          <th colSpan={labels.length} scope="colgroup" className={styles.heatTitle}>
            {columnTitle}
          </th>
        </tr>
        <tr>
          <th scope="col" className={styles.heatTitle}>
            {rowTitle}
          </th>
          {labels.map((label) => (
            <th key={label} scope="col" title={label}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {matrix.map((row, at) => {
          const total = row.reduce((sum, one) => sum + one, 0);
          return (
            <tr key={labels[at] ?? at}>
              <th scope="row" title={labels[at]}>
                {labels[at]}
              </th>
              {row.map((count, column) => {
                const share = total === 0 ? 0 : count / total;
                return (
                  <td
                    key={column}
                    className={at === column ? styles.heatRight : styles.heatWrong}
                    style={{ "--share": `${Math.round(share * 55)}%` }}
                    title={`${labels[at] ?? ""} → ${labels[column] ?? ""}: ${formatCount(count)} (${(share * 100).toFixed(1)} %)`}
                  >
                    <span>{formatCount(count)}</span>
                    <small>{Math.round(share * 100)} %</small>
                  </td>
                );
              })}
            </tr>
          );
        })}
      </tbody>
    </table>
  </div>
);
