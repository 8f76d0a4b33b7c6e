import { ArrowUpRight, Eye, Search } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import { useDataset } from "@/api/queries.datasets";
import { setSetting } from "@/commands/acts/entries";
import { nameOfReference } from "@/graph/catalogue";
import type { KnownColumn } from "@/graph/columns";
import { DATASET_OUTPUT } from "@/graph/document";
import type { NodeEntry } from "@/graph/document";
import { changeEntry } from "@/graph/edits";
import { documentOf, edit, useCatalogue, useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { Button, Field, Select, TextField, TextInput, formatCount, formatShape } from "@/ui";
import { Markdown } from "@/ui/markdown";
import type { OnPreview } from "./Inspector";
import { PageLink } from "./PageLink";
import { TypeMark } from "./columns/TypeMark";
import styles from "./Inspector.module.css";

const words = text.inspector;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** From so many columns on, a search helps. */
const MANY = 12;

export interface DatasetViewProps {
  readonly node: string;
  readonly entry: NodeEntry;
  readonly onPreview: OnPreview;
}

/** A dataset on the canvas: which version, how large, which columns. */
export const DatasetView = ({ node, entry, onPreview }: DatasetViewProps) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const [query, setQuery] = useState("");
  const reference = entry.dataset ?? "";
  const name = nameOfReference(reference);
  const known = catalogue.datasets.get(reference);
  const sibling = known ?? [...catalogue.datasets.values()].find((one) => one.name === name);
  const { data: dataset } = useDataset(sibling?.id);
  const version = dataset?.versions.find((one) => `${name}@${String(one.version)}` === reference);
  const flowing = useStore(session.columns, (columns) => columns[node]?.[DATASET_OUTPUT]);
  const columns: readonly KnownColumn[] =
    flowing ??
    version?.columns.map((column) => ({
      name: textOf(column["name"]),
      type: textOf(column["type"]),
      role: textOf(column["role"]),
    })) ??
    [];
  const versions = [
    ...new Set([
      ...(dataset?.versions.map((one) => `${name}@${String(one.version)}`) ?? []),
      ...[...catalogue.datasets.values()].filter((one) => one.name === name).map((one) => one.reference),
      reference,
    ]),
  ];
  const rows = known?.rows ?? version?.rows ?? null;
  const count = columns.length > 0 ? columns.length : (known?.columns ?? 0);
  const shown = columns.filter((column) => column.name.toLowerCase().includes(query.trim().toLowerCase()));

  return (
    <div className={styles.scroll}>
      <div className={styles.stack}>
        {!sibling && (
          <div className={styles.unknownBox}>
            <p>{form.dataset.unknown}</p>
            <p className={styles.faint}>{form.dataset.unknownCure}</p>
          </div>
        )}
        {known !== undefined && known.description !== "" && <Markdown text={known.description} />}
        <dl className={styles.factList}>
          <dt>{form.dataset.reference}</dt>
          <dd>
            <code>{reference}</code>
          </dd>
          {rows !== null && (
            <>
              <dt>{form.outputs.shape}</dt>
              <dd className="numbers">{formatShape(rows, count)}</dd>
            </>
          )}
        </dl>
        <div className={styles.buttons}>
          <Button
            size="small"
            icon={<Eye />}
            onClick={() => {
              onPreview(node, DATASET_OUTPUT);
            }}
          >
            {form.outputs.preview}
          </Button>
          {sibling && (
            <PageLink to={`/datasets/${sibling.id}`}>
              {words.openDataset} <ArrowUpRight />
            </PageLink>
          )}
        </div>
        <fieldset className={styles.plain} disabled={session.readOnly}>
          {versions.length > 1 && (
            <Field label={words.version}>
              {({ id }) => (
                <Select
                  id={id}
                  value={reference}
                  options={versions.map((one) => ({
                    value: one,
                    label: form.dataset.version(Number(one.slice(one.lastIndexOf("@") + 1))),
                  }))}
                  onChange={(next) => {
                    edit(session, {
                      label: form.about.takeVersion,
                      changes: changeEntry(documentOf(session), node, (one) => ({ ...one, dataset: next })),
                    });
                  }}
                />
              )}
            </Field>
          )}
          <TextField
            label={words.comment}
            value={entry.comment ?? ""}
            rows={2}
            placeholder={words.commentPlaceholder}
            onChange={(next) => {
              setSetting(session, [node], "comment", words.comment, next === "" ? undefined : next);
            }}
          />
        </fieldset>
        <section className={styles.section}>
          <h3>
            {words.columnsCount}
            {columns.length > 0 && <span className={styles.count}>{formatCount(columns.length)}</span>}
          </h3>
          {columns.length > MANY && (
            <TextInput
              aria-label={form.dataset.findColumn}
              placeholder={form.dataset.findColumn}
              icon={<Search />}
              value={query}
              onChange={setQuery}
            />
          )}
          {columns.length === 0 ? (
            <p className={styles.faint}>{form.dataset.noColumns}</p>
          ) : (
            <ul className={styles.columnList}>
              {shown.map((column) => (
                <li key={column.name}>
                  <TypeMark column={column} />
                  <span className={styles.columnName} title={column.name}>
                    {column.name}
                  </span>
                  <span className={styles.portType}>{column.role === "" ? column.type : column.role}</span>
                </li>
              ))}
            </ul>
          )}
        </section>
      </div>
    </div>
  );
};
