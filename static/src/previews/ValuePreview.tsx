import { previews } from "@/text/previews";
import { EmptyState, formatNumber } from "@/ui";
import { inWords, isList, isObject, number, object, text } from "./decode";
import type { JsonObject } from "./decode";
import styles from "./value.module.css";

interface Item {
  readonly label: string;
  readonly value: unknown;
}

/** `["name", value]`, `{"label"|"name"|"title": …, "value": …}`, or an object whose keys are the labels. */
function items(raw: unknown): readonly Item[] {
  if (!isList(raw)) return Object.entries(object(raw)).map(([label, value]) => ({ label, value }));
  return raw.map((one): Item => {
    if (isList(one)) return { label: inWords(one[0]), value: one[1] };
    const read = object(one);
    return { label: text(read["label"]) || text(read["name"]) || text(read["title"]), value: read["value"] };
  });
}

const Value = ({ value }: { readonly value: unknown }) => {
  const read = number(value);
  if (read !== null) return <span className="numbers">{formatNumber(read)}</span>;
  if (isList(value) && value.every((one) => !isObject(one) && !isList(one))) {
    return (
      <span className={styles.list}>
        {value.map((one, at) => (
          <code key={at}>{inWords(one)}</code>
        ))}
      </span>
    );
  }
  if (isObject(value)) return <Items of={items(value)} />;
  const words = inWords(value);
  return words.includes("\n") ? (
    <pre className={styles.pre}>{words}</pre>
  ) : (
    <span>{words === "" ? "–" : words}</span>
  );
};

const Items = ({ of }: { readonly of: readonly Item[] }) => (
  <dl className={styles.items}>
    {of.map((item, at) => (
      <div key={at}>
        <dt>{item.label}</dt>
        <dd>
          <Value value={item.value} />
        </dd>
      </div>
    ))}
  </dl>
);

/** What a value such as a model is, in lines. */
export const ValuePreview = ({ content }: { readonly content: JsonObject }) => {
  const lines = items(content["items"]);
  const title = text(content["title"]);
  const description = text(content["text"]) || text(content["description"]);
  if (title === "" && lines.length === 0) return <EmptyState title={previews.unknown} />;
  return (
    <div className={styles.value}>
      {title !== "" && <h3>{title}</h3>}
      {description !== "" && <p className={styles.text}>{description}</p>}
      <Items of={lines} />
    </div>
  );
};

/** Any JSON, where no viewer is made for it. */
export const JsonPreview = ({ content }: { readonly content: JsonObject }) => (
  <div className={styles.value}>
    <p className={styles.text}>{previews.unknown}</p>
    <pre className={styles.pre}>{JSON.stringify(content, null, 2)}</pre>
  </div>
);
