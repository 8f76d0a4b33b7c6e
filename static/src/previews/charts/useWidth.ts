import { useLayoutEffect, useRef, useState } from "react";
import type { RefObject } from "react";

/** The width of an element, kept true while it is resized. */
export function useWidth<Element_ extends HTMLElement>(first: number): [RefObject<Element_ | null>, number] {
  const ref = useRef<Element_>(null);
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    setWidth(element.clientWidth || first);
    const observer = new ResizeObserver((entries) => {
      const seen = entries[0]?.contentRect.width ?? 0;
      if (seen > 0) setWidth(seen);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [first]);
  return [ref, width];
}
