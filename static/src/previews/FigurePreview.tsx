import { useEffect, useRef, useState } from "react";
import { messageOf } from "@/api/errors";
import { previews } from "@/text/previews";
import { ErrorState } from "@/ui";
import { isObject, object } from "./decode";
import type { JsonObject } from "./decode";
import styles from "./value.module.css";

/**
 * A figure that a step made, as a Vega-Lite specification. Expressions are interpreted, never compiled, so the page's
 * strict policy holds; and nothing is loaded from anywhere: a figure carries its data.
 */
export const FigurePreview = ({ content }: { readonly content: JsonObject }) => {
  const box = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<string | null>(null);
  const raw = content["spec"];
  const spec = isObject(raw) ? raw : content;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let finish: (() => void) | null = null;
    let stopped = false;
    const draw = async (): Promise<void> => {
      const { drawFigure } = await import("./vega");
      if (stopped) return;
      finish = await drawFigure(element, spec);
      setError(null);
    };
    draw().catch((problem: unknown) => {
      if (!stopped) setError(messageOf(problem));
    });
    return () => {
      stopped = true;
      finish?.();
    };
  }, [spec]);

  const title = object(spec)["title"];
  return (
    <div className={styles.figure}>
      {error !== null && <ErrorState message={previews.figure.failed} cause={error} />}
      <div ref={box} role="img" aria-label={typeof title === "string" ? title : previews.preview} />
    </div>
  );
};
