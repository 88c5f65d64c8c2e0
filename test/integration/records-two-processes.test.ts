import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../gateway/core/log.ts";
import { createRecords } from "../../gateway/stores/records/records.ts";
import { testCommand, testEntry, testUser } from "../../gateway/stores/records/testing/bench.ts";
import { endPeers, recordsPeer } from "./records-peer.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-records-"));
  file = join(folder, "records.db");
});
afterEach(async () => {
  await endPeers();
  rmSync(folder, { recursive: true, force: true });
});

const open = (callTimeoutMs = 5_000) => createRecords({ file, log: silentLog, callTimeoutMs });

describe("two processes on one records file", () => {
  it("make it at the same moment, and both can use it", async () => {
    const peers = ["a", "b", "c"].map((name) => recordsPeer(file, "open", name));
    await Promise.all(peers.map((peer) => peer.ready));
    expect(await Promise.all(peers.map((peer) => peer.run()))).toEqual(["opened", "opened", "opened"]);
    const records = await open();
    expect(await records.audit.verify()).toMatchObject({ ok: true, count: 3 });
    await records.close();
  });

  it("book one slot fifty times at once: one booking, and every other try is told why", async () => {
    const peers = ["a", "b"].map((name) => recordsPeer(file, "book", name, 25));
    await Promise.all(peers.map((peer) => peer.ready));
    const codes = (await Promise.all(peers.map((peer) => peer.run()))).flatMap((line) => JSON.parse(line) as string[]);
    expect(codes).toHaveLength(50);
    expect(codes.filter((code) => code === "booked")).toHaveLength(1);
    expect(codes.filter((code) => code === "booking/overlap")).toHaveLength(49);
    const records = await open();
    expect(await records.bookings.listBookings({ fromMs: 0, toMs: 10_000 })).toHaveLength(1);
    await records.close();
  });

  it("append to the audit at once, and the chain holds with every entry in it", async () => {
    const peers = ["a", "b"].map((name) => recordsPeer(file, "audit", name, 150));
    await Promise.all(peers.map((peer) => peer.ready));
    await Promise.all(peers.map((peer) => peer.run()));
    const records = await open();
    expect(await records.audit.verify()).toMatchObject({ ok: true, count: 300 });
    for (const who of ["a", "b"]) {
      const targets = (await records.audit.list({ limit: 500, who })).map((entry) => Number(entry.target)).reverse();
      expect(targets).toEqual(Array.from({ length: 150 }, (_, n) => n));
    }
    await records.close();
  });

  it("see each other's changes in the revision", async () => {
    const records = await open();
    const before = await records.people.revision();
    const peer = recordsPeer(file, "disable", "other");
    await peer.ready;
    expect(await records.people.revision()).toBe(before);
    await peer.run();
    expect(await records.people.revision()).not.toBe(before);
    await records.close();
  });
});

describe("a lock held by another process", () => {
  it("never stalls the event loop: reads work beside it, writes are refused in time and take no effect later", async () => {
    const records = await open();
    const holder = new DatabaseSync(file);
    holder.exec("BEGIN IMMEDIATE");
    expect((await records.people.access(0)).users).toEqual([]);
    expect(await records.audit.verify()).toMatchObject({ ok: true, count: 0 });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const started = performance.now();
    const writes = await Promise.allSettled([
      records.people.addUser(testUser("late")),
      records.audit.append(testEntry()),
      records.commands.recordIntent(testCommand("c")),
      ...Array.from({ length: 5 }, () => records.audit.append(testEntry())),
    ]);
    delay.disable();
    expect(writes.map((write) => (write.status === "rejected" ? write.reason.code : write.status))).toEqual(
      Array<string>(8).fill("store/unavailable"),
    );
    expect(performance.now() - started).toBeLessThan(6_500);
    expect(delay.max / 1e6).toBeLessThan(500);
    holder.exec("ROLLBACK");
    holder.close();
    await expect.poll(() => records.people.listUsers().catch(() => "busy"), { timeout: 10_000 }).toEqual([]);
    await records.people.addUser(testUser("anna"));
    expect(await records.audit.verify()).toMatchObject({ ok: true, count: 0 });
    await records.close();
  });
});
