import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HeadSigner, SignedHead } from "../core/audit/signed-head.ts";
import { silentLog } from "../core/log.ts";
import { testAudit } from "../core/testing/plant.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { type RecordsBench, recordsBench, testEntry } from "../stores/records/testing/bench.ts";
import { AuditDesk } from "./audit.ts";
import { AuditAnchors, verifyWithAnchors } from "./audit-anchors.ts";

const day = 86_400_000;
const hour = 3_600_000;
/** Thursday 26 November 2026, 22:30 in Rome. */
const evening = Date.UTC(2026, 10, 26, 21, 30);

/** A signature that only fits its own text. */
const signer: HeadSigner = { key: "key", pem: "PEM", sign: (text) => `signed ${text}` };
const check = (key: string, text: string, signature: string) => key === "key" && signature === `signed ${text}`;

let bench: RecordsBench;
let time: ManualTime;
let anchors: AuditAnchors;
beforeEach(async () => {
  bench = await recordsBench();
  time = new ManualTime(evening);
  anchors = anchorsOver(time);
});
afterEach(() => bench[Symbol.asyncDispose]());

function anchorsOver(clock: ManualTime): AuditAnchors {
  const store = bench.records.audit;
  const audit = new AuditDesk({ store, clock, timers: clock, log: silentLog });
  const site = { gateway: "lab-1", zone: "Europe/Rome", keep: testAudit.keep };
  return new AuditAnchors({ store, audit, signer, check, ...site, clock, timers: clock, log: silentLog });
}

const made = async () => (await bench.records.audit.anchors({ limit: 50 })).map(({ anchor }) => anchor).reverse();
const write = (at: number, more = {}) => bench.records.audit.append(testEntry({ at, ...more }));
/** Waits for the store, whose answers are no timers. */
const settled = () => bench.records.audit.head();
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= hour) {
    await time.advance(Math.min(left, hour));
    for (let i = 0; i < 12; i++) await settled();
  }
}

describe("the anchors of the audit", () => {
  it("are made at the first start, once a day of the site, and at the end", async () => {
    anchors.start();
    await pass(hour);
    expect((await made()).map(({ reason, at }) => [reason, at])).toEqual([["day", "2026-11-26T21:30:00.000Z"]]);
    await pass(24 * hour);
    // 23:00 UTC is midnight in Rome: looked at each minute.
    expect((await made()).map(({ at }) => at.slice(0, 15))).toEqual(["2026-11-26T21:3", "2026-11-26T23:0"]);
    await anchors.close();
    expect((await made()).at(-1)).toMatchObject({ reason: "shutdown", gateway: "lab-1", key: "key" });
    const again = anchorsOver(time);
    again.start();
    await settled();
    await settled();
    expect((await made()).filter(({ reason }) => reason === "day")).toHaveLength(2);
    await again.close();
  });

  it("say how many entries there are and how the last one ends, and are on the record themselves", async () => {
    const { n, hash } = await write(evening);
    const anchor = await anchors.make("asked", "system:command-line", "local");
    expect(anchor).toMatchObject({ count: n, hash, at: new Date(evening).toISOString() });
    await settled();
    const [entry] = await bench.records.audit.list({ limit: 1 });
    expect(entry).toMatchObject({ action: "audit.anchored", who: "system:command-line", detail: { count: n, hash } });
  });
});

describe("a chain against the anchors that were kept elsewhere", () => {
  const verdict = (kept: readonly SignedHead[]) =>
    verifyWithAnchors(bench.records.audit, { trusted: "key", check }, kept);

  /** As somebody with the code, a database tool and all the time he wants: everything anew. */
  async function rewritten(entries: readonly string[]): Promise<void> {
    using database = new DatabaseSync(bench.file);
    database.exec("DROP TRIGGER audit_append_only; DROP TRIGGER audit_no_delete; DELETE FROM audit_anchors");
    database.exec(`DELETE FROM audit; UPDATE audit_head SET count = 0, hash = '${"0".repeat(64)}'`);
    for (const who of entries) await write(evening, { who });
  }

  it("holds, also after more was written", async () => {
    for (const who of ["ada", "bea", "carl"]) await write(evening, { who });
    const anchor = await anchors.make("day");
    await write(evening);
    expect(await verdict([anchor])).toMatchObject({ ok: true, anchors: 2 });
  });

  it.each([
    [
      "a chain that was rewritten whole with other words",
      ["ada", "bea", "dora", "emil"],
      "was rewritten at or before entry 3",
    ],
    ["one that was rewritten with the very same words", ["ada", "bea", "carl"], "was rewritten at or before entry 3"],
    ["a tail that was cut off with its head set back", ["ada", "bea"], "the chain ends before the anchor"],
  ])("does not hold for %s, although it holds in itself", async (_what, entries, why) => {
    for (const who of ["ada", "bea", "carl"]) await write(evening, { who });
    const anchor = await anchors.make("day");
    await settled();
    await rewritten(entries);
    expect(await bench.records.audit.verify()).toMatchObject({ ok: true, count: entries.length });
    expect(await verdict([])).toMatchObject({ ok: true });
    expect(await verdict([anchor])).toMatchObject({ ok: false, brokenAt: 3, why: expect.stringContaining(why) });
  });

  it.each([
    ["another count", { count: 1 }, "signature does not fit"],
    ["another hash", { hash: "1".repeat(64) }, "signature does not fit"],
    ["another key", { key: "other" }, "signed by another key"],
  ])("does not believe an anchor with %s", async (_what, change, why) => {
    for (const who of ["ada", "bea", "carl"]) await write(evening, { who });
    const anchor = { ...(await anchors.make("day")), ...change };
    expect(await verdict([anchor])).toMatchObject({ ok: false, why: expect.stringContaining(why) });
  });
});

describe("what has had its time", () => {
  it("is erased the day after, by class, and told", async () => {
    await write(evening - 367 * day, { class: "sign-in", action: "sign-in.ok", who: "ada" });
    await write(evening - 367 * day, { class: "intervention", action: "command.result", who: "bea" });
    await write(evening - 364 * day, { class: "sign-in", action: "sign-in.ok", who: "carl" });
    anchors.start();
    await pass(hour);
    const kept = async () =>
      (await bench.records.audit.list({ limit: 99 })).filter(({ n }) => n <= 3).map(({ who }) => who);
    expect(await kept()).toEqual(["carl", "bea", "ada"]);
    await pass(2 * hour);
    expect(await kept()).toEqual(["carl", "bea", ""]);
    const [told] = await bench.records.audit.list({ limit: 1, action: "audit.erased" });
    expect(told?.detail).toMatchObject({ class: "sign-in", entries: 1, first: 1, last: 1 });
    await anchors.close();
    expect(await bench.records.audit.verify()).toMatchObject({ ok: true });
  });
});
