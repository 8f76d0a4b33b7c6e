import { createStore } from "zustand/vanilla";

export const THEMES = ["system", "light", "dark", "contrast"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "designer.theme";

const isTheme = (word: string | null): word is Theme => THEMES.some((theme) => theme === word);

const dark = (): boolean => matchMedia("(prefers-color-scheme: dark)").matches;
const contrast = (): boolean => matchMedia("(prefers-contrast: more)").matches;

/** What is drawn for a choice. */
export const effective = (theme: Theme): Exclude<Theme, "system"> =>
  theme === "system" ? (contrast() ? "contrast" : dark() ? "dark" : "light") : theme;

const remembered = (): Theme => {
  const word = localStorage.getItem(KEY);
  return isTheme(word) ? word : "system";
};

export const themeStore = createStore<{ readonly theme: Theme }>(() => ({ theme: "system" }));

const show = () => {
  document.documentElement.dataset["theme"] = effective(themeStore.getState().theme);
};

/** Chooses a theme and remembers it on this machine. */
export const setTheme = (theme: Theme): void => {
  localStorage.setItem(KEY, theme);
  themeStore.setState({ theme });
};

/** Light to dark and back, from whatever is drawn now. */
export const toggleTheme = (): void => {
  setTheme(effective(themeStore.getState().theme) === "light" ? "dark" : "light");
};

/** Draws the remembered theme and follows the system; once, at the start. */
export const startTheme = (): void => {
  themeStore.subscribe(show);
  themeStore.setState({ theme: remembered() });
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
    matchMedia(query).addEventListener("change", show);
  }
};
