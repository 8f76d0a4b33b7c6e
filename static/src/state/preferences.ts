import { createStore } from "zustand/vanilla";

/** What a person likes, remembered on this machine. */
export interface Preferences {
  /** The wheel zooms instead of panning. */
  readonly wheelZooms: boolean;
  readonly inspectorWidth: number;
  readonly paletteWidth: number;
  readonly drawerHeight: number;
  readonly minimap: boolean;
  readonly closedCategories: readonly string[];
  /** Notices that were put away, by their words: another wording is news. */
  readonly putAway: readonly string[];
  /** How often each module was put after which other: what quick add suggests first. */
  readonly added: Readonly<Record<string, number>>;
}

const DEFAULTS: Preferences = {
  wheelZooms: false,
  inspectorWidth: 320,
  paletteWidth: 248,
  drawerHeight: 280,
  minimap: true,
  closedCategories: [],
  putAway: [],
  added: {},
};

const KEY = "designer.preferences";

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

const read = (): Preferences => {
  try {
    const value: Partial<Record<keyof Preferences, unknown>> = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const number = (key: "inspectorWidth" | "paletteWidth" | "drawerHeight") =>
      isNumber(value[key]) ? value[key] : DEFAULTS[key];
    return {
      wheelZooms: value.wheelZooms === true,
      inspectorWidth: number("inspectorWidth"),
      paletteWidth: number("paletteWidth"),
      drawerHeight: number("drawerHeight"),
      minimap: value.minimap !== false,
      closedCategories: Array.isArray(value.closedCategories) ? value.closedCategories.map(String) : [],
      putAway: Array.isArray(value.putAway) ? value.putAway.map(String) : [],
      added: Object.fromEntries(Object.entries(value.added ?? {}).filter(([, count]) => isNumber(count))),
    };
  } catch {
    return DEFAULTS;
  }
};

export const preferences = createStore<Preferences>(() =>
  typeof localStorage === "undefined" ? DEFAULTS : read(),
);

export const prefer = (change: Partial<Preferences>): void => {
  preferences.setState(change);
  localStorage.setItem(KEY, JSON.stringify(preferences.getState()));
};
