import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../core/log.ts";
import type { AuditEntry } from "../core/records-port.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { markEveryMs, openRights } from "./rights.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-rights-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const noon = Date.UTC(2026, 5, 1, 12);

/** One run of a gateway whose wall clock starts there. */
function run(wallStartMs: number) {
  const time = new ManualTime(wallStartMs);
  const audit: AuditEntry[] = [];
  const closing: (() => void | Promise<void>)[] = [];
  const rights = openRights({
    dataFolder: folder,
    audit: { note: (entry) => void audit.push(entry) },
    clock: time,
    timers: time,
    log: silentLog,
    opened: { add: (close) => void closing.push(close) },
  });
  const end = async (): Promise<void> => {
    for (const close of closing) await close();
  };
  return { time, rights, audit, end };
}

/** Until the file says so; it is written beside the run. */
async function written(seen: number): Promise<void> {
  const until = performance.now() + 5_000;
  const wanted = new Date(seen).toISOString();
  for (;;) {
    try {
      if (JSON.parse(readFileSync(join(folder, "clock.json"), "utf8")).seen === wanted) return;
    } catch {
      // Not there yet.
    }
    if (performance.now() > until) throw new Error("the mark is not written");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("R3: a clock that was set back while the gateway was down", () => {
  it("reopens nothing, is on the record, and is over once it has caught up", async () => {
    const before = run(noon);
    await before.time.advance(5_000);
    await before.end();
    const after = run(noon - 3_600_000);
    expect(after.rights.nowMs()).toBe(noon + 5_000);
    expect(after.rights.passing.wallMs()).toBe(noon + 5_000);
    expect(after.rights.behind).toBe(true);
    expect(after.audit.map(({ action, detail }) => [action, detail])).toEqual([
      ["clock.unsynchronised", { backMs: 3_605_000 }],
    ]);
    await after.time.advance(3_606_000);
    expect(after.rights.behind).toBe(false);
    expect(after.rights.nowMs()).toBe(noon + 6_000);
    await after.end();
  });

  it("is known to the minute where the gateway was killed", async () => {
    const killed = run(noon);
    await killed.time.advance(markEveryMs + 30_000);
    await written(noon + markEveryMs);
    const after = run(noon - 3_600_000);
    expect(after.rights.nowMs()).toBe(noon + markEveryMs);
    await after.end();
  });

  it.each([
    ["nothing", undefined],
    ["no JSON", "{"],
    ["no dates", '{"seen":"x","passed":7}'],
  ])("starts by its clock where the file holds %s", async (_what, text) => {
    if (text !== undefined) writeFileSync(join(folder, "clock.json"), text);
    const { rights, end } = run(noon);
    expect([rights.nowMs(), rights.behind]).toEqual([noon, false]);
    await end();
    await written(noon);
  });
});
