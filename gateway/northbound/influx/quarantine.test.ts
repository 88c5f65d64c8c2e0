import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Quarantine } from "./quarantine.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-quarantine-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("keeps every line with its reason and time, for nobody else to read", async () => {
  const path = join(folder, "quarantine", "influx.jsonl");
  const quarantine = new Quarantine(path);
  await quarantine.add(['m value_text="a\nb" 1', "m 2"], "why", 0);
  await quarantine.add(["m 3"], "again", 1000);
  const rows = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(rows).toEqual([
    { at: "1970-01-01T00:00:00.000Z", reason: "why", line: 'm value_text="a\nb" 1' },
    { at: "1970-01-01T00:00:00.000Z", reason: "why", line: "m 2" },
    { at: "1970-01-01T00:00:01.000Z", reason: "again", line: "m 3" },
  ]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("begins a new file when the old one is full, and keeps one old one", async () => {
  const path = join(folder, "influx.jsonl");
  writeFileSync(path, "");
  truncateSync(path, 16 * 1024 * 1024);
  const quarantine = new Quarantine(path);
  await quarantine.add(["m 1"], "why", 0);
  await quarantine.add(["m 2"], "why", 0);
  expect(statSync(`${path}.1`).size).toBeGreaterThan(16 * 1024 * 1024);
  expect(readFileSync(path, "utf8")).toContain("m 2");
});
