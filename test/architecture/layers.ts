/** Who may import whom in `gateway/` (the table of CONTRIBUTING.md), as data. */
export interface Layer {
  /** Other layers. */
  readonly layers: readonly string[];
  /** Packages and `node:` modules: none, any, or these. */
  readonly packages: "none" | "any" | readonly string[];
  /** Each folder in it is an adapter of its own, and adapters never import each other. */
  readonly adapters?: boolean;
}

export const layers: Readonly<Record<string, Layer>> = {
  core: { layers: [], packages: "none" },
  protocols: { layers: ["core"], packages: "none" },
  kit: { layers: ["core"], packages: "any" },
  drivers: { layers: ["core", "protocols", "kit"], packages: "any", adapters: true },
  northbound: { layers: ["core", "protocols", "kit"], packages: "any", adapters: true },
  stores: { layers: ["core", "kit"], packages: "any", adapters: true },
  auth: { layers: ["core", "kit"], packages: "any" },
  notices: { layers: ["core", "kit"], packages: "any" },
  exports: { layers: ["core", "kit"], packages: "any" },
  expressions: { layers: ["core", "kit"], packages: ["@marcbachmann/cel-js"] },
  isolation: { layers: ["core", "kit"], packages: ["node:worker_threads"] },
  services: { layers: ["core", "kit"], packages: ["node:crypto"] },
  api: { layers: ["core", "services", "kit"], packages: "any" },
  config: { layers: ["core", "kit", "manifests"], packages: ["node:fs/promises", "node:path", "yaml", "zod"] },
  cli: { layers: ["core", "kit"], packages: "any" },
};

/** The only files that name concrete adapters. */
export const composition = /^gateway\/(main|wiring)\.ts$|^gateway\/wiring\//;

/** What may be known of a driver without its code. */
export const manifest = /^gateway\/drivers\/(registry|[^/]+\/manifest)\.ts$/;

export const forbiddenNames = ["utils", "helpers", "common", "misc", "manager", "base"];

export const limits = {
  fileLines: 500,
  fileLinesToThinkAt: 250,
  functionLines: 90,
  svelteLines: 350,
};

/** Each with its reason. A key is `rule path` or `rule path name`. */
export const exceptions: ReadonlyMap<string, string> = new Map([
  [
    "import gateway/cli/demo-plant.ts simulators/main.ts",
    "the demo starts the simulators as a process of their own; nothing of them is loaded",
  ],
]);
