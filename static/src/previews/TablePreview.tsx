import { useVirtualizer } from "@tanstack/react-virtual";
import { Braces, CalendarDays, Hash, Search, ToggleLeft, Type, X } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { previews } from "@/text/previews";
import { Chip, IconButton, TextInput, classes, formatCount, formatNumber } from "@/ui";
import { Histogram, TinyHistogram } from "./charts/Histogram";
import { inWords, list, number, numbers, object, text } from "./decode";
import type { JsonObject } from "./decode";
import styles from "./table.module.css";

const words = previews.table;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly dtype: string;
  readonly role: string;
  readonly missing: number;
  readonly unique: number | null;
  readonly facts: readonly (readonly [string, string])[];
  readonly quantiles: readonly (readonly [string, string])[];
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly top: readonly (readonly [string, number])[];
  readonly numeric: boolean;
}

interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly offset: number;
  readonly head: readonly (readonly unknown[])[];
}

const FACTS = ["min", "max", "mean", "std"] as const;

const value = (raw: unknown): string => {
  const read = number(raw);
  return read === null ? inWords(raw) : formatNumber(read);
};

function quantiles(raw: unknown): Column["quantiles"] {
  const pairs = Array.isArray(raw) ? raw.map((one) => list(one)) : Object.entries(object(raw));
  return pairs.flatMap(([share, at]) => {
    const part = Number(share);
    return at === null || at === undefined || Number.isNaN(part)
      ? []
      : [[`${Number((part * 100).toFixed(2))} %`, value(at)]];
  });
}

function column(raw: unknown): Column {
  const read = object(raw);
  const histogram = object(read["histogram"]);
  const type = text(read["type"]);
  const dtype = text(read["dtype"]);
  const counts = numbers(histogram["counts"]);
  return {
    name: inWords(read["name"]),
    type,
    dtype,
    role: text(read["role"]),
    missing: number(read["missing"]) ?? 0,
    unique: number(read["unique"]),
    facts: FACTS.flatMap((fact): [string, string][] =>
      read[fact] === null || read[fact] === undefined ? [] : [[words.facts[fact], value(read[fact])]],
    ),
    quantiles: quantiles(read["quantiles"]),
    edges: numbers(histogram["edges"]),
    counts,
    top: list(read["top"]).flatMap((one): [string, number][] => {
      const [what, count] = list(one);
      const read = number(count);
      return read === null ? [] : [[what === null ? words.null : inWords(what), read]];
    }),
    numeric: /int|float|double|num|decimal/i.test(`${type} ${dtype}`),
  };
}

function readTable(content: JsonObject): Table {
  const head = object(content["head"]);
  const rows = list(head["rows"]).map((row) => list(row));
  return {
    rows: number(content["rows"]) ?? rows.length,
    columns: list(content["columns"]).map(column),
    offset: number(head["offset"]) ?? 0,
    head: rows,
  };
}

const ICONS: readonly (readonly [RegExp, LucideIcon])[] = [
  [/bool/i, ToggleLeft],
  [/date|time|duration/i, CalendarDays],
  [/int|float|double|num|decimal/i, Hash],
  [/list|struct|array|object/i, Braces],
  [/./, Type],
];

const TypeIcon = ({ type }: { readonly type: string }) => {
  const Icon = ICONS.find(([pattern]) => pattern.test(type))?.[1] ?? Type;
  return <Icon aria-hidden="true" />;
};

const ROW = 27;
const HEADER = 82;

const shareMissing = (one: Column, rows: number): number => (rows === 0 ? 0 : one.missing / rows);

const shareInWords = (share: number): string =>
  share > 0 && share < 0.001 ? "< 0.1" : Number((share * 100).toFixed(1)).toString();

/** Bars for the most frequent values, in the height of a line. */
const TinyBars = ({ top, rows }: { readonly top: Column["top"]; readonly rows: number }) => (
  <span className={styles.tinyBars} aria-hidden="true">
    {top.slice(0, 5).map(([label, count], at) => (
      <i
        key={at}
        title={label}
        style={{ flexGrow: Math.max(0.02, count / Math.max(1, rows)), opacity: 0.85 - at * 0.13 }}
      />
    ))}
  </span>
);

const Heading = ({
  of,
  rows,
  width,
  left,
  open,
  onOpen,
}: {
  readonly of: Column;
  readonly rows: number;
  readonly width: number;
  readonly left: number;
  readonly open: boolean;
  readonly onOpen: () => void;
}) => {
  const missing = shareMissing(of, rows);
  return (
    <div
      role="columnheader"
      className={styles.headingCell}
      style={{ width, transform: `translateX(${left}px)` }}
    >
      <button
        type="button"
        className={classes(styles.heading, open && styles.open)}
        aria-pressed={open}
        aria-description={words.openProfile}
        onClick={onOpen}
      >
        <span className={styles.name} title={of.name}>
          {of.name}
        </span>
        <span className={styles.type}>
          <TypeIcon type={of.type || of.dtype} />
          {of.type || of.dtype}
          {of.role !== "" && of.role !== "feature" && <em className={styles.role}>{of.role}</em>}
        </span>
        <span className={styles.shape}>
          {of.counts.length > 0 ? (
            <TinyHistogram counts={of.counts} width={width - 21} height={18} />
          ) : (
            <TinyBars top={of.top} rows={rows} />
          )}
        </span>
        <span
          className={classes(styles.missing, missing > 0 && styles.some)}
          title={missing > 0 ? words.missing(shareInWords(missing)) : words.noneMissing}
          style={{ "--share": `${Math.max(missing > 0 ? 4 : 0, missing * 100)}%` }}
        />
      </button>
    </div>
  );
};

const Profile = ({
  of,
  rows,
  onClose,
}: {
  readonly of: Column;
  readonly rows: number;
  readonly onClose: () => void;
}) => {
  const most = Math.max(1, ...of.top.map(([, count]) => count));
  const missing = shareMissing(of, rows);
  return (
    <aside className={styles.profile} aria-label={words.profile(of.name)}>
      <header>
        <h4 title={of.name}>{of.name}</h4>
        <IconButton small label={words.close} onClick={onClose}>
          <X />
        </IconButton>
      </header>
      <p className={styles.profileType}>
        <TypeIcon type={of.type || of.dtype} />
        {of.type}
        {of.dtype !== "" && of.dtype !== of.type && <code>{of.dtype}</code>}
        {of.role !== "" && <Chip>{of.role}</Chip>}
      </p>
      {of.counts.length > 0 && (
        <Histogram label={words.distribution} bins={{ edges: of.edges, counts: of.counts }} height={150} />
      )}
      <dl className={styles.facts}>
        <div>
          <dt>{words.facts.missing}</dt>
          <dd className={classes(missing > 0 && styles.warn)}>
            {formatCount(of.missing)}
            {missing > 0 && ` (${shareInWords(missing)} %)`}
          </dd>
        </div>
        {of.unique !== null && (
          <div>
            <dt>{words.facts.unique}</dt>
            <dd>{formatCount(of.unique)}</dd>
          </div>
        )}
        {of.facts.map(([label, fact]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
      {of.quantiles.length > 0 && (
        <>
          <h5>{words.quantiles}</h5>
          <dl className={styles.facts}>
            {of.quantiles.map(([share, at]) => (
              <div key={share}>
                <dt>{share}</dt>
                <dd>{at}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {of.top.length > 0 && (
        <>
          <h5>{words.top}</h5>
          <ol className={styles.top}>
            {of.top.map(([label, count], at) => (
              <li key={at} style={{ "--share": `${(count / most) * 100}%` }}>
                <span title={label}>{label === "" ? "“”" : label}</span>
                <b>{formatCount(count)}</b>
              </li>
            ))}
          </ol>
        </>
      )}
    </aside>
  );
};

const cell = (raw: unknown): string => (typeof raw === "number" ? formatCell(raw) : inWords(raw));

/** A number in a cell keeps its digits: up to 7 that count. */
const formatCell = (raw: number): string =>
  Number.isInteger(raw) ? String(raw) : Number(raw.toPrecision(7)).toString();

/** The width that shows most of a column without letting one take the whole screen. */
function widthOf(of: Column, at: number, head: Table["head"]): number {
  const role = of.role === "" || of.role === "feature" ? 0 : of.role.length + 3;
  let letters = Math.max(of.name.length + 1, (of.type || of.dtype).length + 4 + role);
  for (const row of head.slice(0, 60)) letters = Math.max(letters, cell(row[at]).length);
  return Math.round(Math.min(280, Math.max(96, letters * 7.2 + 26)));
}

/** A table: what each column holds above, its first rows below. */
export const TablePreview = ({ content }: { readonly content: JsonObject }) => {
  const table = useMemo(() => readTable(content), [content]);
  const [open, setOpen] = useState<number | null>(null);
  const [wanted, setWanted] = useState("");
  const scroller = useRef<HTMLDivElement>(null);
  const gutter = String(table.offset + table.head.length).length * 8 + 22;
  const widths = useMemo(() => table.columns.map((one, at) => widthOf(one, at, table.head)), [table]);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing memoized is given what it answers
  const across = useVirtualizer({
    horizontal: true,
    count: table.columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => widths[at] ?? 120,
    overscan: 4,
    paddingStart: gutter,
  });
  const down = useVirtualizer({
    count: table.head.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    paddingStart: HEADER,
    scrollPaddingStart: HEADER,
  });
  if (table.columns.length === 0) return <p className={styles.note}>{words.empty}</p>;
  const columns = across.getVirtualItems();
  const profiled = open === null ? undefined : table.columns[open];
  const total = across.getTotalSize();

  const find = (typed: string): void => {
    setWanted(typed);
    const at = table.columns.findIndex((one) => one.name.toLowerCase().includes(typed.trim().toLowerCase()));
    if (typed.trim() === "" || at < 0) return;
    across.scrollToIndex(at, { align: "center" });
    setOpen(at);
  };

  return (
    <div className={styles.table}>
      <div className={styles.bar}>
        <span className="numbers">
          {words.rows(formatCount(table.rows), formatCount(table.columns.length))}
          {table.head.length < table.rows && (
            <span className={styles.faint}> · {words.head(formatCount(table.head.length))}</span>
          )}
        </span>
        {table.columns.length > 8 && (
          <TextInput
            className={styles.find}
            icon={<Search />}
            value={wanted}
            onChange={find}
            placeholder={words.find}
            aria-label={words.find}
          />
        )}
      </div>
      <div className={styles.body}>
        <div
          ref={scroller}
          className={styles.scroller}
          role="table"
          aria-label={words.region}
          aria-rowcount={table.rows + 1}
          aria-colcount={table.columns.length}
          tabIndex={0}
        >
          <div className={styles.inner} style={{ width: total, height: down.getTotalSize() }} role="rowgroup">
            <div className={styles.headings} role="row" style={{ width: total, height: HEADER }}>
              <span className={styles.corner} style={{ width: gutter }} />
              {columns.map((item) => {
                const one = table.columns[item.index];
                return one === undefined ? null : (
                  <Heading
                    key={item.key}
                    of={one}
                    rows={table.rows}
                    width={item.size}
                    left={item.start}
                    open={open === item.index}
                    onOpen={() => {
                      setOpen(open === item.index ? null : item.index);
                    }}
                  />
                );
              })}
            </div>
            {down.getVirtualItems().map((row) => (
              <div
                key={row.key}
                role="row"
                aria-rowindex={table.offset + row.index + 2}
                className={styles.row}
                style={{ width: total, height: ROW, transform: `translateY(${row.start}px)` }}
              >
                <span className={styles.gutter} style={{ width: gutter }}>
                  {formatCount(table.offset + row.index + 1)}
                </span>
                {columns.map((item) => {
                  const raw = table.head[row.index]?.[item.index];
                  const missing = raw === null || raw === undefined;
                  return (
                    <span
                      key={item.key}
                      role="cell"
                      className={classes(
                        styles.cell,
                        table.columns[item.index]?.numeric && styles.right,
                        open === item.index && styles.lit,
                        missing && styles.null,
                      )}
                      style={{ width: item.size, transform: `translateX(${item.start}px)` }}
                      title={missing ? words.null : inWords(raw)}
                    >
                      {missing ? "·" : cell(raw)}
                    </span>
                  );
                })}
              </div>
            ))}
          </div>
          {table.head.length === 0 && <p className={styles.note}>{words.noRows}</p>}
        </div>
        {profiled !== undefined && (
          <Profile
            of={profiled}
            rows={table.rows}
            onClose={() => {
              setOpen(null);
            }}
          />
        )}
      </div>
    </div>
  );
};
