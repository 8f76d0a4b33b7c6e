import { Check } from "lucide-react";
import { useMemo, useState } from "react";
import type { ReactNode } from "react";
import { previews } from "@/text/previews";
import { EmptyState, classes, formatCount, formatNumber } from "@/ui";
import { Curves, Legend } from "./charts/Curves";
import { HeatMap } from "./charts/HeatMap";
import { Histogram } from "./charts/Histogram";
import { Scatter } from "./charts/Scatter";
import { rounded } from "./charts/scale";
import type { JsonObject, Point } from "./decode";
import { at, better, metricName, rates, readEvaluation } from "./evaluation";
import type { EvaluatedModel, Evaluation } from "./evaluation";
import styles from "./evaluation.module.css";

const words = previews.evaluation;

const shown = (value: number | null | undefined): string => (value == null ? "–" : formatNumber(value));

const Section = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section className={styles.section}>
    <h3>{title}</h3>
    {children}
  </section>
);

const Better = () => (
  <span className={styles.better}>
    <Check aria-hidden="true" />
    {words.better}
  </span>
);

/** The metrics: large where one model stands alone, side by side where two are compared. */
const Metrics = ({ models }: { readonly models: readonly EvaluatedModel[] }) => {
  const names = [...new Set(models.flatMap((model) => [...model.metrics.keys()]))];
  const [only] = models;
  if (models.length === 1 && only !== undefined)
    return (
      <dl className={styles.tiles}>
        {names.map((name) => (
          <div key={name}>
            <dt>{metricName(name)}</dt>
            <dd>{shown(only.metrics.get(name))}</dd>
          </div>
        ))}
        <div>
          <dt>{words.rows}</dt>
          <dd>{formatCount(only.rows)}</dd>
        </div>
      </dl>
    );
  return (
    <table className={styles.metrics}>
      <thead>
        <tr>
          <th scope="col">{words.metric}</th>
          {models.map((model, position) => (
            <th key={model.name} scope="col">
              <i className={position === 0 ? styles.first : styles.second} />
              {model.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {names.map((name) => {
          const values = models.map((model) => model.metrics.get(name) ?? null);
          const best = better(name, values);
          return (
            <tr key={name}>
              <th scope="row">{metricName(name)}</th>
              {values.map((value, position) => (
                <td key={position} className={classes(best === position && styles.best)}>
                  {shown(value)}
                  {best === position && <Better />}
                </td>
              ))}
            </tr>
          );
        })}
        <tr>
          <th scope="row">{words.rows}</th>
          {models.map((model) => (
            <td key={model.name}>{formatCount(model.rows)}</td>
          ))}
        </tr>
      </tbody>
    </table>
  );
};

const DIAGONAL: readonly Point[] = [
  [0, 0],
  [1, 1],
];
const LEVEL: readonly Point[] = [
  [0, 1],
  [1, 1],
];

const mark = (x: number | null | undefined, y: number | null | undefined): Point | null =>
  x == null || y == null ? null : [x, y];

const Binary = ({ evaluation }: { readonly evaluation: Evaluation }) => {
  const { models } = evaluation;
  const [wanted, setWanted] = useState(0.5);
  const all = models.flatMap((model) => model.thresholds.map((one) => one.threshold));
  const [low, high] = [Math.min(0, ...all), Math.max(1, ...all)];
  const chosen = models.map((model) => {
    const counts = at(model, wanted);
    return { model, counts, rates: counts === null ? null : rates(counts) };
  });
  const highest = rounded([0, Math.max(1.2, ...models.flatMap((model) => model.lift.map(([, y]) => y)))])[1];
  const series = (pick: (model: EvaluatedModel) => readonly Point[]) =>
    models.map((model) => ({ name: model.name, points: pick(model) }));
  const rows = [
    ["accuracy", words.accuracy],
    ["precision", words.precision],
    ["recall", words.recall],
    ["f1", words.f1],
  ] as const;
  return (
    <>
      {all.length > 0 && (
        <Section title={words.threshold}>
          <div className={styles.threshold}>
            <input
              type="range"
              min={low}
              max={high}
              step={0.01}
              value={wanted}
              aria-label={words.threshold}
              onChange={(event) => {
                setWanted(Number(event.target.value));
              }}
            />
            <output className="numbers">{wanted.toFixed(2)}</output>
          </div>
          <p className={styles.help}>
            {words.thresholdHelp}
            {evaluation.positive !== "" && ` (${words.positive(evaluation.positive)})`}
          </p>
          <div className={styles.chosen}>
            {chosen.map(({ model, counts, rates: found }, position) => (
              <div key={model.name} className={styles.one}>
                {models.length > 1 && (
                  <h4>
                    <i className={position === 0 ? styles.first : styles.second} />
                    {model.name}
                  </h4>
                )}
                <dl className={styles.rates}>
                  {rows.map(([key, label]) => {
                    const best = better(
                      key,
                      chosen.map((one) => one.rates?.[key] ?? null),
                    );
                    return (
                      <div key={key} className={classes(best === position && styles.best)}>
                        <dt>{label}</dt>
                        <dd>{shown(found?.[key])}</dd>
                      </div>
                    );
                  })}
                </dl>
                {counts !== null && (
                  <HeatMap
                    caption={`${words.confusion}, ${model.name}`}
                    labels={[words.yes, words.no]}
                    matrix={[
                      [counts.tp, counts.fn],
                      [counts.fp, counts.tn],
                    ]}
                    rowTitle={words.actual}
                    columnTitle={words.predicted}
                  />
                )}
              </div>
            ))}
          </div>
        </Section>
      )}
      <Section title={words.curves}>
        {models.length > 1 && <Legend names={models.map((model) => model.name)} />}
        <div className={styles.curves}>
          {models.some((model) => model.roc.length > 1) && (
            <figure>
              <figcaption>{words.roc}</figcaption>
              <Curves
                label={words.roc}
                series={series((model) => model.roc)}
                xTitle={words.falsePositiveRate}
                yTitle={words.truePositiveRate}
                reference={DIAGONAL}
                marks={chosen.map((one) => mark(one.rates?.falsePositiveRate, one.rates?.recall))}
              />
            </figure>
          )}
          {models.some((model) => model.precisionRecall.length > 1) && (
            <figure>
              <figcaption>{words.precisionRecall}</figcaption>
              <Curves
                label={words.precisionRecall}
                series={series((model) => model.precisionRecall)}
                xTitle={words.recall}
                yTitle={words.precision}
                marks={chosen.map((one) => mark(one.rates?.recall, one.rates?.precision))}
              />
            </figure>
          )}
          {models.some((model) => model.lift.length > 1) && (
            <figure>
              <figcaption>{words.lift}</figcaption>
              <Curves
                label={words.lift}
                series={series((model) => model.lift)}
                y={[0, highest]}
                xTitle={words.share}
                yTitle={words.liftAxis}
                reference={LEVEL}
              />
            </figure>
          )}
        </div>
      </Section>
    </>
  );
};

const Pair = ({
  models,
  draw,
}: {
  readonly models: readonly EvaluatedModel[];
  readonly draw: (model: EvaluatedModel, position: number) => ReactNode;
}) => (
  <div className={styles.curves}>
    {models.map((model, position) => (
      <figure key={model.name}>
        {models.length > 1 && (
          <figcaption>
            <i className={position === 0 ? styles.first : styles.second} />
            {model.name}
          </figcaption>
        )}
        {draw(model, position)}
      </figure>
    ))}
  </div>
);

/** How good one model is, or which of two is better. */
export const EvaluationPreview = ({ content }: { readonly content: JsonObject }) => {
  const evaluation = useMemo(() => readEvaluation(content), [content]);
  const { models } = evaluation;
  if (models.length === 0) return <EmptyState title={words.empty} />;
  const confused = models.filter((model) => model.matrix.length > 0);
  const erred = models.filter((model) => model.counts.length > 0);
  const fitted = models.filter((model) => model.fit.length > 0);
  const binary = evaluation.kind === "binary" || models.some((model) => model.thresholds.length > 0);
  return (
    <div className={styles.evaluation}>
      <Section title={words.metrics}>
        <Metrics models={models} />
      </Section>
      {binary && <Binary evaluation={evaluation} />}
      {!binary && confused.length > 0 && (
        <Section title={words.confusion}>
          <Pair
            models={confused}
            draw={(model) => (
              <HeatMap
                caption={`${words.confusion}, ${model.name}`}
                labels={model.labels}
                matrix={model.matrix}
                rowTitle={words.actual}
                columnTitle={words.predicted}
              />
            )}
          />
        </Section>
      )}
      <div className={models.length === 1 ? styles.beside : styles.stacked}>
        {fitted.length > 0 && (
          <Section title={words.fit}>
            <Pair
              models={fitted}
              draw={(model, position) => (
                <Scatter
                  label={`${words.fit}, ${model.name}`}
                  points={model.fit}
                  xTitle={words.actual}
                  yTitle={words.predicted}
                  diagonal
                  second={position === 1}
                />
              )}
            />
          </Section>
        )}
        {erred.length > 0 && (
          <Section title={words.errors}>
            <Pair
              models={erred}
              draw={(model, position) => (
                <Histogram
                  label={`${words.errors}, ${model.name}`}
                  bins={{ edges: model.edges, counts: model.counts }}
                  xTitle={words.error}
                  tone={position === 1 ? "second" : "accent"}
                />
              )}
            />
          </Section>
        )}
      </div>
    </div>
  );
};
