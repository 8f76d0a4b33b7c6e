/** The colours of the theme, for what is drawn rather than styled. Read when the theme changes. */
export interface Colours {
  readonly canvas: string;
  readonly surface: string;
  readonly border: string;
  readonly text: string;
  readonly faint: string;
  readonly accent: string;
  readonly failed: string;
  readonly warning: string;
  readonly type: (type: string) => string;
  readonly tint: (tint: string) => string;
  readonly status: (status: string) => string;
}

export const readColours = (): Colours => {
  const style = getComputedStyle(document.documentElement);
  const known = new Map<string, string>();
  const read = (name: string): string => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const value = style.getPropertyValue(name).trim();
    known.set(name, value);
    return value;
  };
  return {
    canvas: read("--canvas"),
    surface: read("--surface"),
    border: read("--border-strong"),
    text: read("--text"),
    faint: read("--text-faint"),
    accent: read("--accent-ring"),
    failed: read("--failed"),
    warning: read("--warning"),
    type: (type) => read(`--type-${type}`) || read("--text-faint"),
    tint: (tint) => read(`--tint-${tint}`),
    status: (status) => read(`--${status}`),
  };
};

/** Calls back whenever the theme changed. */
export const watchTheme = (changed: () => void): (() => void) => {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    observer.disconnect();
  };
};
