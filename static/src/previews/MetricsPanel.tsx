import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { messageOf } from "@/api/errors";
import { fetchMetrics, runKeys, useStepDetail } from "@/api/queries.runs";
import { isStepOver } from "@/api/types";
import { useStep } from "@/live/hooks";
import { previews } from "@/text/previews";
import { EmptyState, ErrorState, Spinner, formatCount, formatNumber } from "@/ui";
import { FigurePreview } from "./FigurePreview";
import { inWords, isObject, list, object, text } from "./decode";
import { metricName } from "./evaluation";
import { LiveCurve } from "./LiveCurve";
import styles from "./metrics.module.css";

const words = previews.metrics;

const MOST_ROWS = 200;

/** A table that a step logged, as it logged it. */
const SmallTable = ({
  columns,
}: {
  readonly columns: readonly { readonly name: string; readonly values: readonly unknown[] }[];
}) => {
  const rows = Math.min(MOST_ROWS, Math.max(0, ...columns.map((column) => column.values.length)));
  return (
    <div className={styles.smallTable}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col">
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: rows }, (_, row) => (
            <tr key={row}>
              {columns.map((column) => {
                const value = column.values[row];
                return (
                  <td key={column.name} className={typeof value === "number" ? styles.number : undefined}>
                    {typeof value === "number" ? formatNumber(value) : inWords(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

export interface MetricsPanelProps {
  readonly run: string;
  readonly node: string;
}

/** The metrics of a step, growing while it runs, and the figures it logged. */
export const MetricsPanel = ({ run, node }: MetricsPanelProps) => {
  const step = useStep(run, node);
  const live = step !== null && !isStepOver(step.status);
  // How far the live shape is: a new count means there are new points to fetch.
  const told = step?.metrics.reduce((sum, metric) => sum + metric.count, 0) ?? 0;
  const series = useQuery({
    queryKey: [...runKeys.metrics(run, node), step?.attempt, live ? Math.floor(told / 20) : told],
    queryFn: ({ signal }) => fetchMetrics(run, node, signal),
    placeholderData: (before) => before,
    refetchInterval: live ? 2000 : false,
    enabled: step !== null,
  });
  const detail = useStepDetail(run, node, step?.status ?? "");
  const figures = useMemo(
    () =>
      (detail.data?.figures ?? []).flatMap((figure, at) =>
        isObject(figure["spec"])
          ? [{ name: text(figure["name"]) || String(at + 1), spec: figure["spec"] }]
          : [],
      ),
    [detail.data],
  );
  const tables = (detail.data?.tables ?? []).map((table, at) => ({
    name: text(table["name"]) || String(at + 1),
    columns: Object.entries(object(table["columns"])).map(([name, values]) => ({
      name,
      values: list(values),
    })),
  }));
  if (series.error !== null && series.data === undefined)
    return <ErrorState message={words.failed} cause={messageOf(series.error)} />;
  if (series.data === undefined) return <Spinner label={previews.evaluation.metrics} />;
  const { items } = series.data;
  const single = items.filter((one) => one.points.length === 1);
  const curves = items.filter((one) => one.points.length > 1);
  if (items.length === 0 && figures.length === 0 && tables.length === 0)
    return (
      <EmptyState
        title={words.none}
        text={
          <>
            {words.noneText} <code>step.log_metric("loss", 0.12)</code>
          </>
        }
      />
    );
  return (
    <div className={styles.metrics}>
      {single.length > 0 && (
        <dl className={styles.tiles}>
          {single.map((one) => {
            const value = one.points[0]?.[1] ?? null;
            return (
              <div key={one.name}>
                <dt title={one.name}>{metricName(one.name)}</dt>
                <dd>{value === null ? "–" : formatNumber(value)}</dd>
              </div>
            );
          })}
        </dl>
      )}
      {curves.length > 0 && (
        <div className={styles.curves}>
          {curves.map((one) => {
            const value = one.points.at(-1)?.[1] ?? null;
            return (
              <figure key={one.name} className={styles.curve}>
                <figcaption>
                  <span title={one.name}>{metricName(one.name)}</span>
                  <b className="numbers">{value === null ? "–" : formatNumber(value)}</b>
                  <small className="numbers">{words.values(formatCount(one.points.length))}</small>
                </figcaption>
                <LiveCurve label={metricName(one.name)} points={one.points} />
              </figure>
            );
          })}
        </div>
      )}
      {tables.map((table) => (
        <figure key={table.name} className={styles.figure}>
          <figcaption>{table.name}</figcaption>
          <SmallTable columns={table.columns} />
        </figure>
      ))}
      {figures.map((figure) => (
        <figure key={figure.name} className={styles.figure}>
          <figcaption>{figure.name}</figcaption>
          <FigurePreview content={figure.spec} />
        </figure>
      ))}
    </div>
  );
};
