import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { compile } from "../../expressions/compile.ts";
import { defineDriver } from "../../kit/driver-manifest.ts";
import { duration } from "../../kit/duration.ts";
import { type LoadContext, type Loaded, loadPlant } from "../load.ts";

/** A driver for tests: addresses are cells, `ro` cells can only be read. */
export const cells = defineDriver({
  name: "cells",
  title: "Cells",
  summary: "For tests.",
  settings: z.strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(1),
    password: z.string().optional(),
    timeout: duration().prefault("1s"),
  }),
  address: z.strictObject({ cell: z.string(), table: z.enum(["rw", "ro"]).default("rw") }),
  capabilities: { read: true, subscribe: false, write: true, call: false, lock: false, browse: false },
  defaultIntervalMs: 1000,
  secrets: ["password"],
  channelKey: (settings) => settings.host,
  checkShared: ({ port }, first) =>
    port === first.settings.port ? undefined : { path: ["port"], why: `${first.device} has ${first.settings.port}` },
  checkTag: (_settings, tag) => (tag.writable && tag.address.table === "ro" ? "table ro can only be read" : undefined),
  load: () => Promise.reject(new Error("never loaded by a check")),
  code: new URL("./none.ts", import.meta.url),
});

export const header = `version: 1
gateway: { id: lab-1 }
site: { id: lab, name: Lab }
devices:
  plc: { driver: cells, host: a }
`;

/** Loads a text as `gateway.yaml` in a folder of its own, next to `files`. */
export async function loadText(
  text: string | Uint8Array,
  environment: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
  mode = 0o600,
  more: Pick<LoadContext, "openSecret" | "missingSecrets" | "drivers"> = {},
): Promise<Loaded> {
  const folder = await mkdtemp(join(tmpdir(), "plancia-config-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content, { mode });
    }
    const file = join(folder, "gateway.yaml");
    await writeFile(file, text);
    return await loadPlant(file, { environment, compile, drivers: [cells], ...more });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What `check` would print, without the folder. */
export async function problemsOf(
  text: string | Uint8Array,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const loaded = await loadText(text, environment);
  return loaded.ok ? [] : loaded.problems.map(({ message }) => message.replace(/^.*\/(?=gateway\.yaml)/, ""));
}

export async function plantOf(text: string, environment: Readonly<Record<string, string>> = {}) {
  const loaded = await loadText(text, environment);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded;
}

/** The header and one machine `press`; the lines are indented below it. */
export function press(lines: string): string {
  return `${header}equipment:\n  press:\n${lines.replace(/^(?=.)/gm, "    ")}\n`;
}
