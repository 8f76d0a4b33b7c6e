import { createStore } from "zustand/vanilla";

/** What is dragged from the palette: browsers hide a drag's content until the drop, and the canvas must aim before. */
export const dragged = createStore<{ readonly addition: string | null }>(() => ({ addition: null }));
