import {
  ArrowDown,
  ArrowUp,
  ChevronLeft,
  ChevronRight,
  ChevronsLeft,
  ChevronsRight,
  Search,
} from "lucide-react";
import { useState } from "react";
import type { KnownColumn } from "@/graph/columns";
import { text } from "@/text";
import { form } from "@/text/form";
import { IconButton, TextInput, formatCount } from "@/ui";
import { NameList } from "./NameList";
import { NO_MARKS, added, afterLeaving, available, namesIn, removed, shifted } from "./picking";
import type { Marks } from "./picking";
import styles from "./columns.module.css";

const words = text.inspector.columns;

const holding = (names: readonly string[], query: string): readonly string[] => {
  const wanted = query.trim().toLowerCase();
  return wanted === "" ? names : names.filter((name) => name.toLowerCase().includes(wanted));
};

export interface ByNameProps {
  readonly names: readonly string[];
  readonly onChange: (names: readonly string[]) => void;
  /** Null while they are not known. */
  readonly columns: readonly KnownColumn[] | null;
}

/** Picks columns by name, from one list to the other. */
export const ByName = ({ names, onChange, columns }: ByNameProps) => {
  const [queries, setQueries] = useState({ left: "", right: "" });
  const [left, setLeft] = useState<Marks>(NO_MARKS);
  const [right, setRight] = useState<Marks>(NO_MARKS);
  const known = columns && new Map(columns.map((column) => [column.name, column]));
  const rest = columns ? available(columns, names).map((column) => column.name) : [];
  const shownLeft = holding(rest, queries.left);
  const shownRight = holding(names, queries.right);

  const take = (chosen: ReadonlySet<string>) => {
    onChange(
      added(
        names,
        shownLeft.filter((name) => chosen.has(name)),
      ),
    );
    setLeft(afterLeaving(shownLeft, chosen));
  };
  const giveBack = (chosen: ReadonlySet<string>) => {
    onChange(removed(names, chosen));
    setRight(afterLeaving(shownRight, chosen));
  };
  const shift = (by: 1 | -1) => {
    onChange(shifted(names, right.marked, by));
  };
  const typeIn = () => {
    onChange(added(names, namesIn(queries.left)));
    setQueries({ ...queries, left: "" });
  };

  return (
    <div className={styles.byName}>
      <section className={styles.side} aria-label={words.available}>
        <header className={styles.sideHead}>
          <h3>{words.available}</h3>
          {columns && <span className={styles.count}>{formatCount(rest.length)}</span>}
        </header>
        <TextInput
          aria-label={columns ? words.search : words.typeName}
          placeholder={columns ? words.search : words.typeName}
          icon={<Search />}
          value={queries.left}
          onChange={(query) => {
            setQueries({ ...queries, left: query });
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            const [only] = shownLeft;
            if (queries.left.trim() === "") return;
            if (shownLeft.length === 1 && only !== undefined) {
              take(new Set([only]));
              setQueries({ ...queries, left: "" });
            } else if (!columns || shownLeft.length === 0) {
              typeIn();
            }
          }}
        />
        <NameList
          label={words.available}
          names={shownLeft}
          columns={known}
          marks={left}
          onMarks={setLeft}
          onTake={take}
          empty={
            columns === null ? (
              <>
                <strong>{words.unknown}</strong>
                <p>{words.unknownText}</p>
              </>
            ) : queries.left === "" ? (
              form.picker.noneLeft
            ) : (
              form.picker.noneFound
            )
          }
        />
      </section>

      <div className={styles.moves}>
        <IconButton
          label={words.add}
          disabled={left.marked.size === 0}
          onClick={() => {
            take(left.marked);
          }}
        >
          <ChevronRight />
        </IconButton>
        <IconButton
          label={words.addAll}
          disabled={shownLeft.length === 0}
          onClick={() => {
            take(new Set(shownLeft));
          }}
        >
          <ChevronsRight />
        </IconButton>
        <IconButton
          label={words.remove}
          disabled={right.marked.size === 0}
          onClick={() => {
            giveBack(right.marked);
          }}
        >
          <ChevronLeft />
        </IconButton>
        <IconButton
          label={words.removeAll}
          disabled={shownRight.length === 0}
          onClick={() => {
            giveBack(new Set(shownRight));
          }}
        >
          <ChevronsLeft />
        </IconButton>
      </div>

      <section className={styles.side} aria-label={words.selected}>
        <header className={styles.sideHead}>
          <h3>{words.selected}</h3>
          <span className={styles.count}>{formatCount(names.length)}</span>
          <IconButton
            small
            label={form.picker.moveUp}
            disabled={right.marked.size === 0}
            onClick={() => {
              shift(-1);
            }}
          >
            <ArrowUp />
          </IconButton>
          <IconButton
            small
            label={form.picker.moveDown}
            disabled={right.marked.size === 0}
            onClick={() => {
              shift(1);
            }}
          >
            <ArrowDown />
          </IconButton>
        </header>
        <TextInput
          aria-label={words.search}
          placeholder={words.search}
          icon={<Search />}
          value={queries.right}
          onChange={(query) => {
            setQueries({ ...queries, right: query });
          }}
        />
        <NameList
          label={words.selected}
          names={shownRight}
          columns={known}
          marks={right}
          onMarks={setRight}
          onTake={giveBack}
          onShift={shift}
          empty={names.length === 0 ? form.picker.noneSelected : form.picker.noneFound}
        />
      </section>
    </div>
  );
};
