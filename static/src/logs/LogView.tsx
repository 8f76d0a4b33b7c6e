import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { CSSProperties } from "react";
import { logs as words } from "@/text/logs";
import { Button, IconButton, classes, formatCount } from "@/ui";
import { mark, parse } from "./ansi";
import type { Span, Style } from "./ansi";
import type { LogBuffer } from "./buffer";
import styles from "./logs.module.css";

const ROW = 18;
/** Above about a million rows browsers cap the height of an element: then there are pages. */
const PAGE = 1_000_000;
const LONGEST = 8000;

export interface LogViewProps {
  readonly buffer: LogBuffer;
  readonly label: string;
  readonly wrap: boolean;
  readonly needle: string;
  /** The line to show and light up; a new object moves there again. */
  readonly target: { readonly line: number } | null;
  /** Begins at the newest line and stays there until somebody scrolls up. */
  readonly follow: boolean;
}

const colored = (value: number | string | undefined): CSSProperties["color"] =>
  typeof value === "number" ? `var(--ansi-${value})` : value;

function look(style: Style): CSSProperties {
  const [color, background] = [colored(style.color), colored(style.background)];
  return {
    ...(style.inverse ? { color: background ?? "var(--surface)", background: color ?? "var(--text)" } : {}),
    ...(!style.inverse && color !== undefined ? { color } : {}),
    ...(!style.inverse && background !== undefined ? { background } : {}),
    ...(style.bold ? { fontWeight: 700 } : {}),
    ...(style.dim ? { opacity: 0.7 } : {}),
    ...(style.italic ? { fontStyle: "italic" } : {}),
    ...(style.underline ? { textDecoration: "underline" } : {}),
    ...(style.strike ? { textDecoration: "line-through" } : {}),
  };
}

const Piece = ({ span, hit }: { readonly span: Span; readonly hit: boolean }) =>
  hit ? (
    <mark className={styles.hit} style={look(span.style)}>
      {span.text}
    </mark>
  ) : (
    <span style={look(span.style)}>{span.text}</span>
  );

const Line = ({ text, needle }: { readonly text: string; readonly needle: string }) => {
  const pieces = useMemo(
    () => mark(parse(text.length > LONGEST ? text.slice(0, LONGEST) : text), needle),
    [text, needle],
  );
  return (
    <>
      {pieces.map((piece, at) => (
        <Piece key={at} span={piece} hit={piece.hit} />
      ))}
      {text.length > LONGEST && (
        <em className={styles.cut}>{words.cut(formatCount(text.length - LONGEST))}</em>
      )}
    </>
  );
};

/** The lines of one log: only those in sight are there. */
export const LogView = ({ buffer, label, wrap, needle, target, follow }: LogViewProps) => {
  const scroller = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(follow);
  const lastTop = useRef(0);
  const lines = buffer.lines();
  const pages = Math.max(1, Math.ceil(lines / PAGE));
  const [chosen, setChosen] = useState(0);
  const page = following ? pages - 1 : Math.min(chosen, pages - 1);
  const base = page * PAGE;
  const count = Math.min(PAGE, lines - base);

  // eslint-disable-next-line react-hooks/incompatible-library -- nothing memoized is given what it answers
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 24,
    // While following, the rows at the end are drawn in the same step in which they arrive: no empty frame between.
    rangeExtractor: (range) => {
      if (!following) return defaultRangeExtractor(range);
      const rows = Math.ceil((scroller.current?.clientHeight ?? 400) / ROW) + 12;
      const first = Math.max(0, count - rows);
      return Array.from({ length: count - first }, (_, at) => first + at);
    },
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const total = virtual.getTotalSize();

  const version = buffer.version();
  useEffect(() => {
    if (count > 0) buffer.want(base + first, base + last);
  }, [buffer, base, first, last, count, version]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!following || element === null) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
  }, [following, total, lines]);

  useEffect(() => {
    virtual.measure();
  }, [virtual, wrap]);

  useEffect(() => {
    if (target === null) return;
    setFollowing(false);
    setChosen(Math.floor(target.line / PAGE));
    // After the page was drawn, or there is nothing to scroll in.
    const frame = requestAnimationFrame(() => {
      virtual.scrollToIndex(target.line % PAGE, { align: "center" });
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [target, virtual]);

  const newest = (): void => {
    setFollowing(true);
  };

  const digits = String(lines).length;
  return (
    <div className={styles.view}>
      <div
        ref={scroller}
        className={classes(styles.scroller, wrap && styles.wrap)}
        role="log"
        aria-live="off"
        aria-label={label}
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          const rose = scrollTop < lastTop.current - 2;
          lastTop.current = scrollTop;
          const bottom = scrollHeight - scrollTop - clientHeight < ROW;
          if (rose && !bottom && following) {
            setFollowing(false);
            setChosen(pages - 1);
          } else if (bottom && !following && page === pages - 1 && !buffer.ended()) setFollowing(true);
        }}
        onKeyDown={(event) => {
          if (event.key === "End") {
            event.preventDefault();
            newest();
          }
        }}
      >
        <div className={styles.rows} style={{ height: total, "--digits": digits }}>
          {items.map((item) => {
            const number = base + item.index;
            const line = buffer.line(number);
            return (
              <div
                key={item.key}
                ref={wrap ? virtual.measureElement : null}
                data-index={item.index}
                className={classes(styles.row, target?.line === number && styles.target)}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <span className={styles.number} data-line={number + 1} aria-hidden="true" />
                <span className={styles.text}>
                  {line === null ? "" : <Line text={line} needle={needle} />}
                </span>
              </div>
            );
          })}
        </div>
      </div>
      {pages > 1 && (
        <div className={styles.pages}>
          <IconButton
            small
            label={words.pageBack}
            disabled={page === 0}
            onClick={() => {
              setFollowing(false);
              setChosen(page - 1);
            }}
          >
            <ChevronLeft />
          </IconButton>
          <span className="numbers">{words.page(formatCount(base + 1), formatCount(base + count))}</span>
          <IconButton
            small
            label={words.pageOn}
            disabled={page === pages - 1}
            onClick={() => {
              setChosen(page + 1);
            }}
          >
            <ChevronRight />
          </IconButton>
        </div>
      )}
      {!following && !buffer.ended() && lines > 0 && (
        <Button size="small" className={styles.newest} icon={<ArrowDownToLine />} onClick={newest}>
          {words.newest}
        </Button>
      )}
    </div>
  );
};
