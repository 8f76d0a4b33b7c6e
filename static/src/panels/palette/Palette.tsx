import { ChevronRight, FilePlus2, PanelLeftClose, Plus, Search, SearchX, Upload, X } from "lucide-react";
import { HoverCard } from "radix-ui";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import { DRAG_TYPE, add, writeAddition } from "@/commands/acts/adding";
import type { Addition } from "@/commands/acts/adding";
import { perform } from "@/commands/all";
import { newModule } from "@/commands/edit-module";
import { dragged } from "@/state/dragged";
import { prefer, preferences } from "@/state/preferences";
import { useCatalogue, useSession } from "@/state/session";
import { text } from "@/text";
import { shelf } from "@/text/shelf";
import { CategoryIcon, EmptyState, IconButton, TextInput, classes } from "@/ui";
import { EntryCard } from "./EntryCard";
import { DATASETS, additionOf, entriesOf, moveOf, rowsOf, searched } from "./entries";
import type { Entry, Row } from "./entries";
import styles from "./Palette.module.css";

export interface PaletteProps {
  /** Adds what was chosen by click or Enter; without it `add` of the commands puts it in the middle of the view. */
  readonly onAdd?: (addition: Addition) => void;
  /** Hides the palette; without it `view.palette` is turned off. */
  readonly onClose?: () => void;
}

/** While searching, nothing is folded away. */
const NONE: ReadonlySet<string> = new Set();

/** After so long on one line, the keyboard shows its card too. */
const PEEK_MS = 700;

/** The left panel: data and modules to drag on the canvas, searched and by category. Fills its parent. */
export const Palette = ({ onAdd, onClose }: PaletteProps) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const id = useId();
  const search = useRef<HTMLInputElement>(null);
  const tree = useRef<HTMLDivElement>(null);
  const closed = useStore(preferences, (state) => state.closedCategories);
  const [query, setQuery] = useState("");
  const [current, setCurrent] = useState<string | null>(null);
  const [peeked, setPeeked] = useState<string | null>(null);
  const entries = useMemo(() => entriesOf(catalogue), [catalogue]);
  const groups = useMemo(() => searched(entries, catalogue, query), [entries, catalogue, query]);
  const searching = query.trim() !== "";
  const rows = useMemo(() => rowsOf(groups, searching ? NONE : new Set(closed)), [groups, searching, closed]);
  const at = rows.findIndex((row) => row.key === current);
  const first = rows.find((row) => row.kind === "entry");

  useEffect(() => {
    if (at >= 0) tree.current?.querySelector('[data-current="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at]);

  /** The keyboard's card comes after a moment, and goes when the line is left. */
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const peek = (key: string | null) => {
    clearTimeout(timer.current);
    setPeeked(null);
    if (key === null) return;
    timer.current = setTimeout(() => {
      setPeeked(key);
    }, PEEK_MS);
  };
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );

  const take = (entry: Entry) => {
    peek(null);
    if (session.readOnly) return;
    const addition = additionOf(entry);
    if (onAdd) onAdd(addition);
    else add(session, addition);
  };
  const toggle = (category: string) => {
    if (searching) return;
    prefer({
      closedCategories: closed.includes(category)
        ? closed.filter((one) => one !== category)
        : [...closed, category],
    });
  };
  const enterTree = () => {
    setCurrent(current !== null && at >= 0 ? current : (first?.key ?? rows[0]?.key ?? null));
    tree.current?.focus();
  };

  return (
    <section className={styles.palette} aria-label={text.palette.label}>
      <header className={styles.header}>
        <div className={styles.search}>
          <TextInput
            ref={search}
            type="search"
            aria-label={text.palette.search}
            placeholder={text.palette.search}
            icon={<Search />}
            value={query}
            onChange={(next) => {
              setQuery(next);
              setCurrent(null);
            }}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") {
                event.preventDefault();
                enterTree();
              } else if (event.key === "Enter" && searching && first?.kind === "entry") {
                event.preventDefault();
                take(first.entry);
              } else if (event.key === "Escape" && query !== "") {
                event.stopPropagation();
                setQuery("");
              }
            }}
          />
          {query !== "" && (
            <IconButton
              small
              label={shelf.clear}
              className={styles.clear}
              onClick={() => {
                setQuery("");
                search.current?.focus();
              }}
            >
              <X />
            </IconButton>
          )}
        </div>
        {!session.readOnly && (
          <IconButton
            small
            label={text.commands.newModule}
            onClick={() => {
              perform(session, newModule);
            }}
          >
            <FilePlus2 />
          </IconButton>
        )}
        <IconButton
          small
          label={shelf.hide}
          onClick={
            onClose ??
            (() => {
              session.view.setState({ palette: false });
            })
          }
        >
          <PanelLeftClose />
        </IconButton>
      </header>

      {rows.length === 0 ? (
        <div className={styles.nothing}>
          <EmptyState
            picture={<SearchX />}
            title={searching ? text.palette.none(query.trim()) : shelf.empty}
            {...(searching ? { text: shelf.noneHelp } : {})}
          />
        </div>
      ) : (
        <div
          ref={tree}
          role="tree"
          tabIndex={0}
          aria-label={shelf.list}
          aria-activedescendant={at >= 0 ? `${id}-${String(at)}` : undefined}
          className={styles.tree}
          onFocus={(event) => {
            if (event.target === event.currentTarget && at < 0) setCurrent(rows[0]?.key ?? null);
          }}
          onBlur={() => {
            peek(null);
          }}
          onKeyDown={(event) => {
            // A button of a line, such as "+", keeps its own keys.
            if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey)
              return;
            if (event.key === "Escape") peek(null);
            const move = moveOf(rows, current, event.key);
            if (!move) return;
            event.preventDefault();
            switch (move.kind) {
              case "to":
                setCurrent(move.key);
                peek(move.key);
                break;
              case "toggle":
                toggle(move.category);
                break;
              case "take":
                take(move.entry);
                break;
              case "search":
                search.current?.focus();
                break;
            }
          }}
        >
          {rows.map((row, index) => (
            <Line
              key={row.key}
              id={`${id}-${String(index)}`}
              row={row}
              current={index === at}
              peeked={row.key === peeked}
              searching={searching}
              onCurrent={() => {
                setCurrent(row.key);
              }}
              onToggle={toggle}
              onTake={take}
            />
          ))}
          {!searching && !groups.some((group) => group.category === DATASETS) && (
            <p className={styles.noData}>{text.palette.noDatasets}</p>
          )}
        </div>
      )}
      <p className={styles.hint}>
        <Upload />
        {shelf.drop}
      </p>
      <p className="hidden-visually" role="status">
        {searching ? shelf.found(rows.filter((row) => row.kind === "entry").length) : ""}
      </p>
    </section>
  );
};

interface LineProps {
  readonly id: string;
  readonly row: Row;
  readonly current: boolean;
  readonly peeked: boolean;
  readonly searching: boolean;
  readonly onCurrent: () => void;
  readonly onToggle: (category: string) => void;
  readonly onTake: (entry: Entry) => void;
}

const Line = ({ id, row, current, peeked, searching, onCurrent, onToggle, onTake }: LineProps) => {
  if (row.kind === "group") {
    const { category, entries } = row.group;
    return (
      <div
        id={id}
        role="treeitem"
        aria-level={1}
        aria-expanded={row.open}
        data-current={current}
        className={classes(styles.group, current && styles.current)}
        onClick={() => {
          onCurrent();
          onToggle(category);
        }}
      >
        <ChevronRight
          className={classes(styles.chevron, row.open && styles.open, searching && styles.gone)}
          aria-hidden="true"
        />
        <span className={styles.groupName}>{category === DATASETS ? text.palette.datasets : category}</span>
        <span className={styles.count}>{entries.length}</span>
      </div>
    );
  }
  return (
    <EntryLine
      id={id}
      entry={row.entry}
      at={row.at}
      of={row.of}
      current={current}
      peeked={peeked}
      onCurrent={onCurrent}
      onTake={onTake}
    />
  );
};

interface EntryLineProps {
  readonly id: string;
  readonly entry: Entry;
  readonly at: number;
  readonly of: number;
  readonly current: boolean;
  readonly peeked: boolean;
  readonly onCurrent: () => void;
  readonly onTake: (entry: Entry) => void;
}

const EntryLine = ({ id, entry, at, of, current, peeked, onCurrent, onTake }: EntryLineProps) => {
  const session = useSession();
  const [hovered, setHovered] = useState(false);
  const take = () => {
    setHovered(false);
    onTake(entry);
  };
  return (
    <Hovered
      open={hovered || peeked}
      onOpenChange={setHovered}
      card={<EntryCard entry={entry} onAdd={take} />}
    >
      <div
        id={id}
        role="treeitem"
        aria-level={2}
        aria-posinset={at + 1}
        aria-setsize={of}
        data-current={current}
        draggable={!session.readOnly}
        className={classes(styles.entry, current && styles.current)}
        onClick={onCurrent}
        onDoubleClick={take}
        onDragStart={(event) => {
          const written = writeAddition(additionOf(entry));
          event.dataTransfer.setData(DRAG_TYPE, written);
          event.dataTransfer.effectAllowed = "copy";
          dragged.setState({ addition: written });
          setHovered(false);
        }}
        onDragEnd={() => {
          dragged.setState({ addition: null });
        }}
      >
        <CategoryIcon category={entry.category} size={22} />
        <span className={styles.title}>{entry.title}</span>
        {!session.readOnly && (
          <button
            type="button"
            tabIndex={-1}
            className={styles.plus}
            aria-label={shelf.addThis(entry.title)}
            title={shelf.addThis(entry.title)}
            onClick={(event) => {
              event.stopPropagation();
              take();
            }}
          >
            <Plus />
          </button>
        )}
      </div>
    </Hovered>
  );
};

interface HoveredProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly card: ReactNode;
  readonly children: ReactNode;
}

/** A card beside what the pointer rests on. */
const Hovered = ({ open, onOpenChange, card, children }: HoveredProps) => (
  <HoverCard.Root open={open} onOpenChange={onOpenChange} openDelay={500} closeDelay={120}>
    <HoverCard.Trigger asChild>{children}</HoverCard.Trigger>
    <HoverCard.Portal>
      <HoverCard.Content
        className={styles.float}
        side="right"
        align="start"
        sideOffset={10}
        alignOffset={-8}
        collisionPadding={12}
      >
        {card}
      </HoverCard.Content>
    </HoverCard.Portal>
  </HoverCard.Root>
);
