import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));
const gateway = process.env["PLANCIA_GATEWAY"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  root,
  base: "./",
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    // Nothing inlined: the content security policy allows files of our own and nothing else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: gateway, ws: true } },
  },
});
