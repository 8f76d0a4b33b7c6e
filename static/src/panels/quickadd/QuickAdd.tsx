import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { add, placeAfter } from "@/commands/acts/adding";
import { portsOf, typeTitle } from "@/graph/ports";
import { preferences } from "@/state/preferences";
import { documentOf, useCatalogue, useSession, useView } from "@/state/session";
import type { QuickAdd as Wish } from "@/state/view";
import { text } from "@/text";
import { CategoryIcon } from "@/ui";
import { Picker } from "../overlays/Picker";
import styles from "./QuickAdd.module.css";
import { suggest } from "./suggest";

const WIDTH = 320;
const HEIGHT = 340;
const SHOWN = 40;

const Open = ({ wish }: { readonly wish: Wish }) => {
  const session = useSession();
  const catalogue = useCatalogue();
  const added = useStore(preferences, (one) => one.added);
  const [query, setQuery] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const close = () => {
    session.view.setState({ quickAdd: null });
    document.querySelector<HTMLElement>("[data-canvas]")?.focus({ preventScroll: true });
  };

  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) {
        session.view.setState({ quickAdd: null });
      }
    };
    window.addEventListener("pointerdown", outside, true);
    return () => {
      window.removeEventListener("pointerdown", outside, true);
    };
  }, [session]);

  const pipeline = documentOf(session);
  const found = suggest(pipeline, catalogue, wish.from, query, added).slice(0, SHOWN);
  const { from } = wish;
  const ports = from ? portsOf(pipeline, catalogue, from.node) : null;
  const own =
    from && ports
      ? (from.side === "output" ? ports.outputs : ports.inputs).find((one) => one.name === from.port)
      : null;
  const type = own ? typeTitle(catalogue, own.type) : null;
  return (
    <div
      ref={box}
      className={styles.box}
      role="dialog"
      aria-label={text.palette.quickAdd}
      style={{
        left: Math.max(8, Math.min(wish.at.x, innerWidth - WIDTH - 8)),
        top: Math.max(8, Math.min(wish.at.y, innerHeight - HEIGHT - 8)),
      }}
    >
      <Picker
        label={text.palette.quickAdd}
        placeholder={text.palette.quickPlaceholder}
        query={query}
        onQuery={setQuery}
        items={found}
        keyOf={({ addition }) => `${addition.kind}:${addition.reference}`}
        none={text.palette.none(query)}
        note={
          type !== null && (
            <p className={styles.note}>
              {from?.side === "output" ? text.palette.fitting(type) : text.palette.giving(type)}
            </p>
          )
        }
        onClose={close}
        onPick={({ addition }, stay) => {
          // A wire dropped above a consumer: the new card goes above the pointer.
          const [x, y] = wish.place;
          const id = add(session, addition, { place: from?.side === "input" ? [x, y - 64] : [x, y], from });
          if (!stay) {
            close();
            return;
          }
          const [output] = portsOf(documentOf(session), catalogue, id).outputs;
          const next = output ? { node: id, port: output.name, side: "output" as const } : null;
          setQuery("");
          session.view.setState({
            quickAdd: { ...wish, place: next ? placeAfter(session, next) : wish.place, from: next },
          });
        }}
        draw={({ title, under, category }) => (
          <>
            <CategoryIcon category={category} size={24} />
            <span className={styles.words}>
              <span>{title}</span>
              <span className={styles.under}>{under}</span>
            </span>
          </>
        )}
      />
    </div>
  );
};

/** Search at the pointer: what is picked is put there, wired to the port it was dragged from. */
export const QuickAdd = () => {
  const wish = useView((view) => view.quickAdd);
  return wish ? <Open wish={wish} /> : null;
};
