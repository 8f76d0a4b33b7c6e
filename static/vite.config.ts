import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` sends what the server answers. */
const server = process.env["DESIGNER_SERVER"] ?? "http://127.0.0.1:8765";

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/" : "/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    manifest: true,
    sourcemap: false,
    chunkSizeWarningLimit: 1000, // kB; the largest, Vega, is loaded only where a figure is shown
    target: "es2023",
    // The content security policy allows no data: fonts or styles, so nothing is inlined.
    assetsInlineLimit: 0,
    rollupOptions: { input: "src/main.tsx" },
  },
  worker: { format: "es" },
  server: {
    proxy: { "/api": server, "/socket.io": { target: server, ws: true } },
  },
  // A property test on a busy machine takes what it takes: the limit only ends what hangs.
  test: { environment: "node", include: ["src/**/*.test.ts", "src/**/*.test.tsx"], testTimeout: 60_000 },
}));
