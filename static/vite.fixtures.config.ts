import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const page = (name: string) => fileURLToPath(new URL(`./fixtures/${name}.html`, import.meta.url));

/** Pages that are looked at and measured, never shipped: `static/fixtures-dist/fixtures/canvas.html?nodes=1000`. */
export default defineConfig({
  base: "./",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  worker: { format: "es" },
  build: {
    outDir: "fixtures-dist",
    target: "es2023",
    assetsInlineLimit: 0,
    rollupOptions: { input: { canvas: page("canvas"), bare: page("bare"), editor: page("editor") } },
  },
});
