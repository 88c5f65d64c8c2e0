import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../core/log.ts";
import { createRecords } from "./records.ts";
import { type RecordsBench, recordsBench, testEntry } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

async function write(count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await bench.records.audit.append(testEntry({ target: `entry-number-${i}` }));
}

function rows(): readonly Readonly<Record<string, unknown>>[] {
  using database = new DatabaseSync(bench.file, { readOnly: true });
  return database.prepare("SELECT * FROM audit ORDER BY n").all();
}

/** Changes the file as somebody with a database tool would. */
function tamper(sql: string): void {
  const database = new DatabaseSync(bench.file);
  database.exec("DROP TRIGGER audit_append_only; DROP TRIGGER audit_no_delete;");
  database.exec(sql);
  database.close();
}

describe("the audit in the records", () => {
  it("chains the digests as described in core/audit/chain.ts", async () => {
    const first = await bench.records.audit.append(testEntry({ detail: { b: 1, a: [true, null] } }));
    const second = await bench.records.audit.append(testEntry({ action: "x" }));
    const body = '{"action":"test.done","at":1000,"class":"system","detail":{"a":[true,null],"b":1},"who":"anna"}';
    const next = '{"action":"x","at":1000,"class":"system","detail":{},"who":"anna"}';
    const [one, two] = rows();
    const digest = (kind: string, salt: unknown, text: string) =>
      sha256(`{"action":"${kind}","at":1000,"class":"system","commitment":"${sha256(salt + text)}","v":2}`);
    expect(one?.salt).toMatch(/^[0-9a-f]{32}$/);
    expect(one?.salt).not.toBe(two?.salt);
    expect(first.hash).toBe(sha256(Buffer.from("0".repeat(64) + digest("test.done", one?.salt, body), "hex")));
    expect(second.hash).toBe(sha256(Buffer.from(first.hash + digest("x", two?.salt, next), "hex")));
    expect(await bench.records.audit.verify()).toEqual({ ok: true, count: 2, head: second.hash });
  });

  it.each(["__proto__", "\u0000", "\ud800 lone", "line\nbreak", "’🤖", '"}{'])(
    "verifies with %j in every place",
    async (text) => {
      const entry = testEntry({
        who: text,
        action: text,
        equipment: text,
        target: text,
        result: text,
        address: text,
        detail: { [text]: text },
      });
      const stored = await bench.records.audit.append(entry);
      expect(stored.who).toBe(text.toWellFormed());
      expect(await bench.records.audit.verify()).toMatchObject({ ok: true, count: 1 });
      expect(await bench.records.audit.list({ limit: 5, who: text.toWellFormed() })).toEqual([stored]);
    },
  );

  it("lists the newest first, by page, action, person and equipment, and only what is visible", async () => {
    const { audit } = bench.records;
    await audit.append(testEntry({ equipment: "press_1", action: "a" }));
    await audit.append(testEntry({ equipment: "oven", who: "bob" }));
    await audit.append(testEntry({}));
    const numbers = async (filter: Partial<Parameters<typeof audit.list>[0]>) =>
      (await audit.list({ limit: 9, ...filter })).map((entry) => entry.n);
    expect(await numbers({})).toEqual([3, 2, 1]);
    expect(await numbers({ limit: 1, beforeN: 3 })).toEqual([2]);
    expect(await numbers({ action: "a" })).toEqual([1]);
    expect(await numbers({ who: "bob" })).toEqual([2]);
    expect(await numbers({ equipment: "oven" })).toEqual([2]);
    expect(await numbers({ visible: ["press*", "none"] })).toEqual([1]);
    expect(await numbers({ visible: ["[op]*", "?ven"] })).toEqual([]);
    expect(await numbers({ visible: [] })).toEqual([]);
  });

  it("lets nothing be changed but a body taken away with its salt", async () => {
    await write(3);
    using database = new DatabaseSync(bench.file);
    database.exec("UPDATE audit SET body = NULL, salt = NULL WHERE n = 2");
    for (const change of ["digest = 'x'", "body = NULL", "at = 5", "kind = 'x'", "commitment = 'x'", "version = 1"])
      expect(() => database.exec(`UPDATE audit SET ${change} WHERE n = 1`)).toThrow("append-only");
    expect(() => database.exec("DELETE FROM audit WHERE n = 1")).toThrow("append-only");
    expect(await bench.records.audit.verify()).toMatchObject({ ok: true, count: 3 });
    expect((await bench.records.audit.list({ limit: 3 }))[1]).toMatchObject({
      ...{ n: 2, at: 1_000, action: "test.done", class: "system", who: "", result: "erased", detail: {} },
    });
  });

  it.each([
    [
      "a word of an entry",
      "UPDATE audit SET body = replace(body, 'entry-number-3', 'entry-number-4') WHERE n = 3",
      3,
      "content was changed",
    ],
    [
      "an entry with its digest",
      "UPDATE audit SET body = '{\"class\":\"system\"}', digest = '0a' || substr(digest, 3) WHERE n = 3",
      3,
      "content was changed",
    ],
    ["a class", "UPDATE audit SET class = 'sign-in' WHERE n = 3", 3, "time, class or kind was changed"],
    ["a time", "UPDATE audit SET at = 7 WHERE n = 3", 3, "time, class or kind was changed"],
    ["a kind", "UPDATE audit SET kind = 'x' WHERE n = 3", 3, "time, class or kind was changed"],
    [
      "a digest without body",
      "UPDATE audit SET body = NULL, salt = NULL, digest = '0a' || substr(digest, 3) WHERE n = 3",
      3,
      "time, class or kind was changed",
    ],
    [
      "an entry of version 1 put in place of one of version 2",
      "UPDATE audit SET version = 1, digest = '0a' || substr(digest, 3), body = NULL WHERE n = 3",
      3,
      "hash does not follow",
    ],
    ["a hash", "UPDATE audit SET hash = '0a' || substr(hash, 3) WHERE n = 3", 3, "hash does not follow"],
    ["a row that is gone", "DELETE FROM audit WHERE n = 3", 3, "entry 3 is missing"],
    ["the first row gone", "DELETE FROM audit WHERE n = 1", 1, "entry 1 is missing"],
    [
      "two rows swapped",
      "UPDATE audit SET n = 99 WHERE n = 3; UPDATE audit SET n = 3 WHERE n = 4; UPDATE audit SET n = 4 WHERE n = 99",
      3,
      "does not follow",
    ],
    ["a cut tail", "DELETE FROM audit WHERE n > 3", 4, "end is cut off"],
    ["everything gone", "DELETE FROM audit", 1, "end is cut off"],
    [
      "a cut tail with the count set back",
      "DELETE FROM audit WHERE n > 3; UPDATE audit_head SET count = 3",
      3,
      "head does not fit",
    ],
    [
      "a row added behind the end",
      "INSERT INTO audit (n, version, class, digest, hash) SELECT 6, 1, class, digest, hash FROM audit WHERE n = 5",
      6,
      "does not follow",
    ],
  ])("names the place of %s", async (_what, sql, brokenAt, why) => {
    await write(5);
    tamper(sql);
    expect(await bench.records.audit.verify()).toMatchObject({
      ok: false,
      brokenAt,
      why: expect.stringContaining(why),
    });
  });

  it("names the place of one flipped bit in the file", async () => {
    await write(5);
    await bench.close();
    const bytes = readFileSync(bench.file);
    const place = bytes.indexOf("entry-number-3") + "entry-".length;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    writeFileSync(bench.file, bytes);
    const records = await createRecords({ file: bench.file, log: silentLog });
    expect(await records.audit.verify()).toMatchObject({ ok: false, brokenAt: 3, why: "the content was changed" });
    await records.close();
  });

  it("walks more than one page", async () => {
    const database = new DatabaseSync(bench.file);
    database.exec("BEGIN");
    let hash = "0".repeat(64);
    const insert = database.prepare(
      "INSERT INTO audit (n, version, at, kind, body, class, digest, hash) VALUES (?1, 1, ?1, 'x', ?2, 'system', ?3, ?4)",
    );
    for (let n = 1; n <= 2_500; n++) {
      const body = `{"action":"x","at":${n},"class":"system","who":"${n}"}`;
      const digest = sha256(body);
      hash = sha256(Buffer.from(hash + digest, "hex"));
      insert.run(n, body, digest, hash);
    }
    database.prepare("UPDATE audit_head SET count = 2500, hash = ?").run(hash);
    database.exec("COMMIT");
    database.close();
    expect(await bench.records.audit.verify()).toEqual({ ok: true, count: 2_500, head: hash });
    tamper("DELETE FROM audit WHERE n = 2001");
    expect(await bench.records.audit.verify()).toMatchObject({ ok: false, count: 2_000, brokenAt: 2_001 });
  });

  it("keeps of an entry beyond all measure who did what, and how large it was", async () => {
    const huge = testEntry({ detail: { text: "x".repeat(70_000) } });
    const { who, action } = huge;
    expect(await bench.records.audit.append(huge)).toMatchObject({ n: 1, who, action, detail: { cut: true } });
    expect(await bench.records.audit.append(testEntry())).toMatchObject({ n: 2 });
    expect(await bench.records.audit.verify()).toMatchObject({ ok: true, count: 2 });
  });
});
