import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkSignature, createHeadSigner } from "../auth/head-signer.ts";
import type { Caller } from "../core/access/policy.ts";
import { headFault, type SignedHead } from "../core/audit/signed-head.ts";
import { silentLog } from "../core/log.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { AuditDesk } from "../services/audit.ts";
import { AuditExport } from "../services/audit-export.ts";
import { type AuditFormat, auditFormats } from "../services/use-cases.ts";
import { sha256 } from "../stores/records/audit-repository.ts";
import { type RecordsBench, recordsBench, testEntry } from "../stores/records/testing/bench.ts";
import { verifyAuditExport } from "./audit-reader.ts";
import { auditColumns, auditCsv, auditJsonLines } from "./audit-text.ts";
import { csvRows } from "./text-rows.ts";

const signer = createHeadSigner(new Uint8Array(32).fill(7));
const nasty = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", 'a"b,c\r\nd', "__proto__", "’🤖", "", "\u0000"];

let bench: RecordsBench;
let exporting: AuditExport;
/** Thirty entries: every third is Ada's, every fifth about the press; three bodies are erased. */
beforeAll(async () => {
  bench = await recordsBench();
  const time = new ManualTime(100_000);
  const store = bench.records.audit;
  for (let i = 0; i < 30; i++) {
    const told = {
      who: i % 3 === 0 ? "ada" : "bea",
      target: nasty[i % nasty.length] ?? "",
      detail: { i, "x y": nasty },
    };
    const equipment = i % 5 === 0 ? "press" : undefined;
    await store.append(testEntry({ at: 1_000 * i, class: i < 9 ? "sign-in" : "system", ...told, equipment }));
  }
  await store.erase({ class: "sign-in", beforeMs: 3_000, limit: 100, nowMs: 90_000 });
  const audit = new AuditDesk({ store, clock: time, timers: time, log: silentLog });
  const texts = { jsonl: auditJsonLines, csv: auditCsv };
  exporting = new AuditExport({ store, audit, signer, gateway: "lab-1", clock: time, texts });
});
afterAll(() => bench[Symbol.asyncDispose]());

const caller = (more: Partial<Caller> = {}): Caller => ({
  ...{ userId: "u", name: "Ada", role: "administrator", equipment: ["*"], signInId: "s", secondFactor: true },
  ...{ scope: "full", slots: [], address: "192.0.2.9" },
  ...more,
});

async function exported(format: AuditFormat, filter = {}, by = caller()): Promise<string> {
  let all = "";
  for await (const piece of await exporting.export(by, format, filter)) all += piece;
  return all;
}

async function* inPieces(text: string, size: number): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += size) yield text.slice(from, from + size);
}

const trusted = (head: SignedHead) => headFault(checkSignature, signer.key, head);
const verdict = (text: string, trust = trusted) => verifyAuditExport(inPieces(text, 997), sha256, trust);

const filters: readonly (readonly [string, object, number])[] = [
  // The export itself is the last entry; the erasing told itself before.
  ["everything", {}, 32],
  ["a person", { who: "bea" }, 18],
  ["a machine", { equipment: "press" }, 5],
  ["a time", { fromMs: 10_000, toMs: 13_000 }, 3],
  ["a kind", { action: "audit.erased" }, 1],
  ["a class, erased bodies too", { class: "sign-in" }, 9],
  ["a text", { text: "_PROTO_", class: "system" }, 21],
  ["nothing", { who: "nobody" }, 0],
  ["a time to come", { fromMs: 1e12 }, 0],
];

describe.each(auditFormats)("an export as %s", (format) => {
  it.each(filters)("of %s is proven by itself and the public key", async (_what, filter, rows) => {
    const before = (await bench.records.audit.head()).count - 31;
    const own = filter && Object.keys(filter).length === 0 ? before : 0;
    const text = await exported(format, filter);
    const found = await verdict(text);
    const head = await bench.records.audit.head();
    expect(found).toMatchObject({ ok: true, rows: rows + own, head: { count: head.count, hash: head.hash } });
  });

  it("is on the record before its first letter, with who, from where and what", async () => {
    await exporting.export(caller(), format, { fromMs: 0, who: "bea" });
    const [entry] = await bench.records.audit.list({ limit: 1 });
    const detail = { format, from: "1970-01-01T00:00:00.000Z", who: "bea" };
    expect(entry).toMatchObject({ action: "audit.exported", who: "Ada", address: "192.0.2.9", detail });
  });

  it("shows a supervisor of one machine the entries of that machine alone, and proves them", async () => {
    const text = await exported(format, {}, caller({ role: "supervisor", equipment: ["press"] }));
    expect(text).not.toContain('"who":"bea","x');
    expect(await verdict(text)).toMatchObject({ ok: true, rows: 5 });
  });

  it("is refused to who may not read the audit", async () => {
    await expect(exporting.export(caller({ role: "operator" }), format, {})).rejects.toThrow(
      expect.objectContaining({ code: "auth/forbidden" }),
    );
  });

  it("is not believed with any one character changed, wherever it is", async () => {
    const text = await exported(format, { who: "ada" });
    const missed: string[] = [];
    for (let at = 0; at < text.length; at += 41) {
      const other = text[at] === "7" ? "8" : "7";
      const found = await verdict(text.slice(0, at) + other + text.slice(at + 1)).catch(() => ({ ok: false }));
      if (found.ok) missed.push(text.slice(at - 30, at + 10));
    }
    // What was asked for and by whom stands in the head for people, and the last line proves nothing alone.
    expect(missed.filter((near) => !/"filter"|"by"|plancia-audit-export/.test(near))).toEqual([]);
  });

  it("is not believed with a line left out, doubled, swapped or the end cut off", async () => {
    const text = await exported(format, { class: "system" });
    const end = format === "csv" ? "\r\n" : "\n";
    const lines = text.split(end).slice(0, -1);
    const first = format === "csv" ? 1 : 0;
    const written = (changed: readonly string[]) => verdict(changed.join(end) + end);
    expect(await written(lines)).toMatchObject({ ok: true });
    for (let i = first; i < lines.length; i++) {
      expect(await written(lines.toSpliced(i, 1))).toMatchObject({ ok: false });
      expect(await written(lines.toSpliced(i, 0, lines[i] ?? ""))).toMatchObject({ ok: false });
    }
    expect(await written(lines.slice(0, -1))).toMatchObject({
      ok: false,
      broken: { why: expect.stringContaining("cut") },
    });
  });

  it("of another gateway, or signed by somebody else, is not believed", async () => {
    const text = await exported(format, {});
    const other = createHeadSigner(new Uint8Array(32).fill(8));
    const found = await verdict(text, (head) => headFault(checkSignature, other.key, head));
    expect(found).toMatchObject({ ok: false, broken: { why: expect.stringContaining("another key") } });
  });

  it.each(["", "nothing", "{}", "{\n", '{"record":"row"}\n', "record,n\r\n1,2\r\n"])("is not %j", async (text) => {
    expect(await verdict(text)).toMatchObject({ ok: false });
  });
});

describe("the CSV of the audit", () => {
  it("takes the formula out of what people read (S17), and reads back as it was written", async () => {
    const text = await exported("csv", { who: "bea", class: "system" });
    const rows: (readonly string[])[] = [];
    for await (const row of csvRows(inPieces(text, 11))) rows.push(row);
    expect(rows[0]).toEqual([...auditColumns]);
    const targets = rows.filter(([record]) => record === "row").map((row) => row[auditColumns.indexOf("target")]);
    for (const formula of ["'+1", "'@x", "'\tx"]) expect(targets).toContain(formula);
    const starts = rows.flat().filter((cell) => /^[=+@\t\r-]/.test(cell));
    expect(starts).toEqual([]);
  });
});
