import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../core/log.ts";
import { createRecords, type Records } from "./records.ts";
import { testEntry } from "./testing/bench.ts";

/** Forty entries of four classes, an hour apart from 1 September 2026, 08:00 UTC; the body of the fifth is gone. */
const old = gunzipSync(readFileSync(new URL("./testing/records-of-0009.db.gz", import.meta.url)));
const begin = Date.UTC(2026, 8, 1, 8);
const hour = 3_600_000;

let folder: string;
let file: string;
let records: Records;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plancia-audit-age-"));
  file = join(folder, "records.db");
  writeFileSync(file, old);
  records = await createRecords({ file, log: silentLog });
});
afterEach(async () => {
  await records.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("an audit that was begun before entries had salts (F35)", () => {
  it("verifies to the same head, and goes on in one chain with the new ones", async () => {
    const before = { ok: true, count: 40, head: "3d417e2b1ee88525cacc02e7e7356d8ba05566307edb61b50dbebd2b42f98045" };
    expect(await records.audit.verify()).toEqual(before);
    await records.audit.append(testEntry());
    expect(await records.audit.verify()).toMatchObject({ ok: true, count: 41 });
  });

  it("is found by time and kind, whatever its names are", async () => {
    const found = await records.audit.list({ limit: 99, fromMs: begin + 4 * hour, toMs: begin + 8 * hour });
    // The body of number 5 took its time with it.
    expect(found.map(({ n }) => n)).toEqual([8, 7, 6]);
    const taken = await records.audit.list({ limit: 99, action: "command.intent", who: "__proto__ ’🤖" });
    expect(taken.map(({ n }) => n)).toEqual([34, 22, 10]);
  });

  it.each([
    [
      "one byte of a body",
      "UPDATE audit SET body = replace(body, 'n-6', 'n-9') WHERE n = 7",
      "the content was changed",
    ],
    ["a time", "UPDATE audit SET at = at + 1 WHERE n = 7", "the time was changed"],
    ["a kind", "UPDATE audit SET kind = 'x' WHERE n = 7", "the kind was changed"],
  ])("shows where %s was changed", async (_what, change, why) => {
    using database = new DatabaseSync(file);
    database.exec(`DROP TRIGGER audit_append_only; ${change}`);
    expect(await records.audit.verify()).toMatchObject({ ok: false, brokenAt: 7, why });
  });

  it("can be erased by class, and verifies", async () => {
    const asked = { class: "sign-in", beforeMs: begin + 20 * hour, limit: 100, nowMs: begin + 90 * hour } as const;
    expect(await records.audit.erase(asked)).toBe(4);
    expect(await records.audit.verify()).toMatchObject({ ok: true, count: 41 });
  });
});

describe("erasing bodies by class", () => {
  const secret = "198.51.100.77";
  const write = async (at: number, group: "sign-in" | "intervention") =>
    records.audit.append(testEntry({ at, class: group, action: `${group}.x`, who: "carla", address: secret }));

  it("takes the oldest first, up to a limit, tells what went, and leaves the chain whole", async () => {
    for (let i = 0; i < 6; i++) await write(begin + i, i % 2 === 0 ? "sign-in" : "intervention");
    const asked = { class: "sign-in", beforeMs: begin + 4, limit: 1, nowMs: begin + hour } as const;
    // Three are older: the very first, and two of those of today.
    expect([await records.audit.erase(asked), await records.audit.erase({ ...asked, limit: 100 })]).toEqual([1, 2]);
    expect(await records.audit.erase(asked)).toBe(0);
    const [told] = await records.audit.list({ limit: 1 });
    const detail = { class: "sign-in", before: new Date(begin + 4).toISOString(), entries: 2, first: 41, last: 43 };
    expect(told).toMatchObject({ action: "audit.erased", who: "system:audit", class: "administration", detail });
    expect(await records.audit.list({ limit: 9, who: "carla" })).toHaveLength(4);
    expect((await records.audit.list({ limit: 99 })).find(({ n }) => n === 43)).toMatchObject({
      ...{ at: begin + 2, action: "sign-in.x", who: "", address: undefined, result: "erased" },
    });
    expect(await records.audit.verify()).toMatchObject({ ok: true });
  });

  it("leaves no byte of what was erased in the files", async () => {
    for (let i = 0; i < 50; i++) await write(begin + 2, "sign-in");
    const bytes = () => ["", "-wal"].map((end) => readFileSync(file + end)).some((content) => content.includes(secret));
    expect(bytes()).toBe(true);
    await records.audit.erase({ class: "sign-in", beforeMs: begin + 3, limit: 1_000, nowMs: begin + hour });
    expect(bytes()).toBe(false);
  });
});

describe("anchors", () => {
  it("are kept in the order of their making", async () => {
    const signed = { format: "plancia-audit-head-1", gateway: "lab-1", key: "k", signature: "s" } as const;
    const anchor = (count: number) =>
      ({ ...signed, count, hash: "0".repeat(64), at: "2026-09-01T00:00:00.000Z", reason: "day" }) as const;
    for (const count of [3, 1, 2]) await records.audit.putAnchor(anchor(count));
    expect((await records.audit.anchors({ limit: 2 })).map((each) => [each.seq, each.anchor.count])).toEqual([
      [3, 2],
      [2, 1],
    ]);
    expect(await records.audit.anchors({ limit: 9, before: 2 })).toEqual([{ seq: 1, anchor: anchor(3) }]);
    expect(await records.audit.hashAt(0)).toBe("0".repeat(64));
    expect(await records.audit.hashAt(41)).toBeUndefined();
  });
});
