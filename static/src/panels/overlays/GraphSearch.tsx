import { ChevronDown, ChevronUp, Search, X } from "lucide-react";
import { useState } from "react";
import { cardBox } from "@/graph/geometry";
import { select } from "@/state/selection";
import { documentOf, useCatalogue, useSession } from "@/state/session";
import { text } from "@/text";
import { IconButton } from "@/ui";
import styles from "./Overlays.module.css";
import { findNodes } from "./search";

/** Find in the graph: walks from hit to hit, everything else is dimmed. */
export const GraphSearch = () => {
  const session = useSession();
  const catalogue = useCatalogue();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const hitsOf = (asked: string) =>
    findNodes(asked, {
      document: documentOf(session),
      catalogue,
      statuses: session.statuses.all(),
      findings: session.findings.getState(),
    });
  const hits = hitsOf(query);
  const go = (asked: string, index: number) => {
    const found = hitsOf(asked);
    const position = found.length === 0 ? 0 : (index + found.length) % found.length;
    setAt(position);
    session.view.setState({ path: asked.trim() === "" ? null : new Set(found) });
    const id = found[position];
    if (id === undefined) return;
    session.selection.setState(select({ nodes: [id] }), true);
    session.stage.current?.reveal(cardBox(documentOf(session), id));
  };
  const close = () => {
    session.view.setState({ overlay: null, path: null });
    document.querySelector<HTMLElement>("[data-canvas]")?.focus({ preventScroll: true });
  };
  return (
    <div className={styles.find} role="search">
      <Search aria-hidden="true" />
      <input
        className={styles.findInput}
        aria-label={text.editor.search.label}
        placeholder={text.editor.search.placeholder}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          go(event.target.value, 0);
        }}
        onKeyDown={(event) => {
          if (
            event.key === "Enter" ||
            (event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey))
          ) {
            event.preventDefault();
            go(query, at + (event.shiftKey ? -1 : 1));
          }
          if (event.key === "Escape") close();
          event.stopPropagation();
        }}
      />
      {query.trim() !== "" && (
        <span className={styles.findCount} role="status">
          {hits.length === 0
            ? text.editor.search.none
            : text.editor.search.count(Math.min(at, hits.length - 1) + 1, hits.length)}
        </span>
      )}
      <IconButton
        small
        label={text.editor.search.previous}
        disabled={hits.length < 2}
        onClick={() => {
          go(query, at - 1);
        }}
      >
        <ChevronUp />
      </IconButton>
      <IconButton
        small
        label={text.editor.search.next}
        disabled={hits.length < 2}
        onClick={() => {
          go(query, at + 1);
        }}
      >
        <ChevronDown />
      </IconButton>
      <IconButton small label={text.frame.close} onClick={close}>
        <X />
      </IconButton>
    </div>
  );
};
