import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { greatest, liveAndDie, missing, readAll } from "./history-life.ts";
import { numbered } from "./history-numbers.ts";

/** Other moments: PLANCIA_TEST_SEED. */
const seed = Number(process.env["PLANCIA_TEST_SEED"] ?? 1);
const kills = 5;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-kill-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test(`F1: what was returned is there after each of ${kills} kill -9 under load, in order and once`, async () => {
  let random = seed;
  const returned = new Map<string, Set<number>>(numbered.map(({ name }) => [name, new Set()]));
  let first = 0;
  for (let kill = 0; kill < kills; kill++) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const life = await liveAndDie(folder, first, 500 + (random / 2 ** 32) * 4000);
    expect(life.trouble).toEqual([]);
    expect(life.returned.size).toBeGreaterThan(0);
    for (const [tag, numbers] of life.returned) for (const number of numbers) returned.get(tag)?.add(number);
    const found = await readAll(folder);
    for (const [tag, numbers] of returned) {
      expect(missing(numbers, found.get(tag)), `kill ${kill}, ${tag}`).toEqual([]);
    }
    first = greatest(found) + 1;
  }
  expect(first).toBeGreaterThan(1000);
}, 120_000);

test("F6: an fsync that fails is said, not acknowledged, and the history goes on by itself", async (context) => {
  if (spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]).status !== 0)
    context.skip("strace is missing or not allowed");
  const inject = ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=20..22"];
  const life = await liveAndDie(folder, 0, 6000, ["strace", "-f", "-qq", "-o", "/dev/null", ...inject]);
  expect(life.trouble.join("\n")).toMatch(/disk I\/O error/);
  expect(life.trouble.at(-1)).toMatch(/"damage":\[\]/);
  const found = await readAll(folder);
  for (const [tag, numbers] of life.returned) expect(missing(numbers, found.get(tag)), tag).toEqual([]);
  // After the fault there were twenty times as many commits as before it.
  expect(greatest(life.returned)).toBeGreaterThan(1000);
}, 60_000);
