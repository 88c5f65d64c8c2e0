import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));
const dashboard = fileURLToPath(new URL("../dashboard", import.meta.url));
const svelteConfig = `${dashboard}/svelte.config.js`;

/**
 * Time limits are there so that nothing hangs, not to judge speed: a crowded machine is many times slower.
 * Tests that start processes mostly wait, each on ports and in folders of its own: two files at once fill two
 * cores. A browser fills them by itself, and a fault is measured alone.
 */
const two = { pool: "forks" as const, maxWorkers: 2 };
const alone = { fileParallelism: false, pool: "forks" as const, maxWorkers: 1 };

export default defineConfig({
  root,
  test: {
    maxWorkers: 2,
    passWithNoTests: true,
    allowOnly: false,
    projects: [
      {
        root,
        test: {
          name: "unit",
          include: [
            "gateway/**/*.test.ts",
            "simulators/**/*.test.ts",
            "test/sdk/**/*.test.ts",
            "test/launch/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**", "gateway/**/*.conformance.test.ts"],
          environment: "node",
          testTimeout: 30_000,
        },
      },
      {
        root,
        plugins: [svelte({ configFile: existsSync(svelteConfig) ? svelteConfig : false })],
        resolve: { conditions: ["browser"] },
        test: {
          name: "unit-dashboard",
          include: ["dashboard/src/**/*.test.ts"],
          environment: "happy-dom",
          testTimeout: 30_000,
        },
      },
      {
        root,
        test: {
          name: "architecture",
          include: ["test/architecture/**/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        root,
        test: {
          ...two,
          name: "conformance",
          include: ["gateway/**/*.conformance.test.ts", "test/conformance/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        root,
        test: {
          ...two,
          name: "integration",
          include: ["test/integration/**/*.test.ts", "test/ship/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        root,
        test: {
          ...alone,
          name: "browser",
          include: ["test/e2e/**/*.test.ts"],
          setupFiles: ["test/rig/browser-told.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        root,
        test: {
          ...alone,
          name: "chaos",
          include: ["test/chaos/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
