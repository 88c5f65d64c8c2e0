import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { checkSignature, createHeadSigner } from "../../gateway/auth/head-signer.ts";
import { silentLog } from "../../gateway/core/log.ts";
import type { AuditEntry, AuditFilter } from "../../gateway/core/records-port.ts";
import { testCaller } from "../../gateway/core/testing/caller.ts";
import { auditCsv, auditJsonLines } from "../../gateway/exports/audit-text.ts";
import { systemClock as clock, systemTimers as timers } from "../../gateway/kit/clock.ts";
import { AuditDesk, auditEntry } from "../../gateway/services/audit.ts";
import { verifyWithAnchors } from "../../gateway/services/audit-anchors.ts";
import { AuditExport } from "../../gateway/services/audit-export.ts";
import { createRecords } from "../../gateway/stores/records/records.ts";
import { BareAudit } from "./bare-audit.ts";

/**
 * A log of 50,000 entries (another number: PLANCIA_BENCH_ROWS; a million takes minutes): written, verified,
 * searched and taken out with its proof, beside a bare SQLite that does the same. Memory has to stay where
 * it is however long the log: at most 64 MiB more in `verify` and export than before them.
 */
const rows = Number(process.env["PLANCIA_BENCH_ROWS"] ?? 50_000);
const atOnce = 500;
const mostMoreMiB = 64;
const startMs = Date.UTC(2026, 0, 1);

const folder = mkdtempSync(join(tmpdir(), "plancia-bench-audit-"));
const records = await createRecords({ file: join(folder, "records.db"), log: silentLog });
const bare = new BareAudit(join(folder, "bare.db"));
const audit = new AuditDesk({ store: records.audit, clock, timers, log: silentLog });
const signer = createHeadSigner(new Uint8Array(32).fill(7));
const texts = { jsonl: auditJsonLines, csv: auditCsv };
const exporting = new AuditExport({ store: records.audit, audit, signer, gateway: "bench", clock, texts });
const caller = testCaller({ role: "administrator", equipment: ["*"] });

type Search = readonly [name: string, filter: AuditFilter, where: string, value: string | number];
const searches: readonly Search[] = [
  ["of one person", { who: "person-7" }, "who = ?", "person-7"],
  ["of one machine", { equipment: "machine-13" }, "equipment = ?", "machine-13"],
  ["of one kind", { action: "config.changed" }, "kind = ?", "config.changed"],
  ["before half of it", { toMs: startMs + (rows / 2) * 1_000 }, "at < ?", startMs + (rows / 2) * 1_000],
  ["with a word near the end", { text: "note 999" }, "body LIKE ?", "%note 999%"],
];

try {
  await append();
  await measure(
    "verify",
    () => verified(),
    () => bare.verify(),
  );
  for (const [name, filter, where, value] of searches) await pages(name, filter, where, value);
  await measure(
    "export with its proof, JSON lines",
    () => taken("jsonl"),
    () => bare.export(join(folder, "bare.out")),
  );
  await measure("export with its proof, CSV", () => taken("csv"));
} finally {
  await audit.close();
  await records.close();
  bare.close();
  rmSync(folder, { recursive: true });
}

function entryOf(n: number): AuditEntry {
  const kind = n % 1_000 === 0 ? "config.changed" : "command.result";
  return auditEntry({
    ...{ at: startMs + n * 1_000, class: "intervention", action: kind, who: `person-${n % 200}` },
    ...{
      address: "192.0.2.7",
      equipment: `machine-${n % 50}`,
      target: `machine-${n % 50}/setpoint`,
      result: "VERIFIED",
    },
    detail: { id: n, value: 850 + (n % 40), old: 850, evidence: "readback", reason: `note ${n}` },
  });
}

async function append(): Promise<void> {
  let [oursMs, bareMs] = [0, 0];
  for (let from = 0; from < rows; from += atOnce) {
    const entries = Array.from({ length: Math.min(atOnce, rows - from) }, (_, n) => entryOf(from + n));
    const began = performance.now();
    await Promise.all(entries.map((entry) => audit.append(entry)));
    const between = performance.now();
    bare.append(entries);
    oursMs += between - began;
    bareMs += performance.now() - between;
  }
  say(`append, ${atOnce} at once`, oursMs, bareMs, `${((oursMs * 1_000) / rows).toFixed(0)} µs each`);
}

async function verified(): Promise<void> {
  const verdict = await verifyWithAnchors(records.audit, { trusted: signer.key, check: checkSignature });
  if (!verdict.ok || verdict.count < rows) throw new Error(`the chain does not hold: ${JSON.stringify(verdict)}`);
}

async function taken(format: "jsonl" | "csv"): Promise<void> {
  await pipeline(await exporting.export(caller, format, {}), createWriteStream(join(folder, "ours.out")));
}

/** The first hundred, newest first; the median of seven, in turns. */
async function pages(name: string, filter: AuditFilter, where: string, value: string | number): Promise<void> {
  const [ours, others]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < 7; turn++) {
    const began = performance.now();
    await audit.list(caller, { ...filter, limit: 100 });
    const between = performance.now();
    bare.page(where, value);
    ours.push(between - began);
    others.push(performance.now() - between);
  }
  say(`first page ${name}`, median(ours), median(others));
}

async function measure(name: string, ours: () => Promise<void>, other?: () => unknown): Promise<void> {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const began = performance.now();
  await ours();
  const oursMs = performance.now() - began;
  clearInterval(look);
  const moreMiB = (most - before) / 2 ** 20;
  const between = performance.now();
  await other?.();
  const memory = `${moreMiB.toFixed(0)} MiB more at most${moreMiB > mostMoreMiB ? `, aim ${mostMoreMiB}: missed` : ""}`;
  say(name, oursMs, other ? performance.now() - between : undefined, memory);
}

function say(name: string, oursMs: number, bareMs: number | undefined, more = ""): void {
  const ms = (value: number) => (value < 100 ? `${value.toFixed(1)} ms` : `${(value / 1_000).toFixed(1)} s`);
  const ratio = bareMs === undefined ? "" : `, bare ${ms(bareMs)}, ratio ${(oursMs / bareMs).toFixed(1)}`;
  process.stdout.write(`${name}: ${ms(oursMs)}${ratio}${more === "" ? "" : `, ${more}`}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
