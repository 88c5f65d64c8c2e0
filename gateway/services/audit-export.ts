import type { Caller } from "../core/access/policy.ts";
import { firstHash } from "../core/audit/chain.ts";
import { exportFormat, type ProofRecord } from "../core/audit/proof.ts";
import { type HeadSigner, signedHead } from "../core/audit/signed-head.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { AuditFilter, AuditProofRow, AuditStore } from "../core/records-port.ts";
import { auditEntry } from "./audit.ts";
import { visibleAudit } from "./audit-search.ts";
import type { AuditFormat, AuditReading } from "./use-cases.ts";

/** Rows of one page: what is in memory at a time, however much is exported. */
const pageRows = 1_000;

export type AuditText = (records: AsyncIterable<readonly ProofRecord[]>) => AsyncIterable<string>;

export interface AuditExportSettings {
  readonly store: Pick<AuditStore, "head" | "hashAt" | "firstSince" | "proof">;
  readonly audit: Pick<AuditWriter, "append">;
  readonly signer: HeadSigner;
  readonly gateway: string;
  readonly clock: Clock;
  readonly texts: Readonly<Record<AuditFormat, AuditText>>;
}

/** The audit out of the house, with its proof. */
export class AuditExport implements Pick<AuditReading, "export"> {
  readonly #with: AuditExportSettings;

  constructor(settings: AuditExportSettings) {
    this.#with = settings;
  }

  async export(caller: Caller, format: AuditFormat, asked: Omit<AuditFilter, "visible">) {
    const { audit, clock, store, signer, gateway, texts } = this.#with;
    const visible = visibleAudit(caller);
    const filter = { ...asked, visible };
    await audit.append(
      auditEntry({
        at: clock.wallMs(),
        class: "administration",
        action: "audit.exported",
        who: caller.name,
        address: caller.address,
        result: "done",
        detail: { format, ...said(filter) },
      }),
    );
    const end = await store.head();
    const head = signedHead(signer, { ...end, gateway, atMs: clock.wallMs(), reason: "export" });
    return texts[format](this.#records(caller, filter, head));
  }

  async *#records(caller: Caller, filter: AuditFilter, head: ReturnType<typeof signedHead>) {
    const { store } = this.#with;
    const from = (await this.#firstOf(filter)) - 1;
    let after = Math.min(from, head.count);
    const before = { count: after, hash: await this.#hashAt(after) };
    yield [{ record: "head", format: exportFormat, head, before, filter: said(filter), by: caller.name } as const];
    while (after < head.count) {
      const rows = await store.proof({ ...filter, afterN: after, upToN: head.count, limit: pageRows });
      const last = rows.at(-1);
      if (last === undefined) throw new PlanciaError("store/unavailable", "The audit ends before its head");
      yield proofRecords(rows);
      after = last.n;
    }
  }

  async #hashAt(n: number): Promise<string> {
    const hash = n === 0 ? firstHash : await this.#with.store.hashAt(n);
    if (hash === undefined) throw new PlanciaError("store/unavailable", `Entry ${n} of the audit is not there`);
    return hash;
  }

  /** Number of the oldest entry from `fromMs` on; what lies before it is no part of the export. */
  async #firstOf({ fromMs }: AuditFilter): Promise<number> {
    return fromMs === undefined ? 1 : this.#with.store.firstSince(fromMs);
  }
}

/** Entries that were asked for one by one, those between them together. */
function proofRecords(rows: readonly AuditProofRow[]): readonly ProofRecord[] {
  const records: ProofRecord[] = [];
  let digests: string[] = [];
  for (const { chosen, ...link } of rows) {
    if (!chosen) {
      if (digests.length === 0) records.push({ record: "links", first: link.n, digests });
      digests.push(link.digest);
      continue;
    }
    digests = [];
    records.push({ record: "row", link });
  }
  return records;
}

/** The filter as people read it. */
function said({ fromMs, toMs, ...filter }: AuditFilter): Readonly<Record<string, unknown>> {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
  const all = { from: time(fromMs), to: time(toMs), ...filter };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
