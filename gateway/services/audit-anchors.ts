import type { Caller } from "../core/access/policy.ts";
import { dueErasures } from "../core/audit/retention.ts";
import {
  type CheckSignature,
  dayAnchorDue,
  type HeadReason,
  type HeadSigner,
  headFault,
  type SignedHead,
  signedHead,
} from "../core/audit/signed-head.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock, Timers } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { AuditSettings } from "../core/plant.ts";
import type { AuditStore } from "../core/records-port.ts";
import { auditEntry } from "./audit.ts";
import { boundedPage, visibleAudit } from "./audit-search.ts";
import type { AnchorAnswer, AuditReading, AuditVerdict } from "./use-cases.ts";

/** How often it is looked whether a day has begun, ms. */
export const lookEveryMs = 60_000;
/** Bodies erased at a time; other calls of the store get their turn in between. */
export const erasedAtOnce = 1_000;

export interface AnchorSettings {
  readonly store: Pick<AuditStore, "head" | "hashAt" | "verify" | "putAnchor" | "anchors" | "erase">;
  readonly audit: Pick<AuditWriter, "note">;
  readonly signer: HeadSigner;
  readonly check: CheckSignature;
  readonly gateway: string;
  /** IANA zone: whose days are counted. */
  readonly zone: string;
  readonly keep: AuditSettings["keep"];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Signs the head of the audit's chain each day and at the end, and erases each day what has had its time. */
export class AuditAnchors implements Pick<AuditReading, "anchors" | "verify"> {
  readonly #with: AnchorSettings;
  #cancel: (() => void) | undefined;
  #work: Promise<void> | undefined;

  constructor(settings: AnchorSettings) {
    this.#with = settings;
  }

  start(): void {
    this.#cancel = this.#with.timers.every(lookEveryMs, () => void this.#look());
    void this.#look();
  }

  /** With a last anchor. Never throws: a full disk must not keep a gateway from ending. */
  async close(): Promise<void> {
    this.#cancel?.();
    await this.#work;
    await this.make("shutdown").catch((error: unknown) =>
      this.#with.log.error({ err: error }, "the last anchor of the audit could not be made"),
    );
  }

  /** @throws PlanciaError store/unavailable. */
  async make(reason: HeadReason, who = "system:audit", address?: string): Promise<SignedHead> {
    const { store, audit, signer, gateway, clock, log } = this.#with;
    const at = clock.wallMs();
    const anchor = signedHead(signer, { ...(await store.head()), gateway, atMs: at, reason });
    await store.putAnchor(anchor);
    // Where the log goes to a place of its own, so does each anchor.
    log.info({ anchor }, "audit anchor");
    const { count, hash } = anchor;
    const detail = { reason, count, hash };
    audit.note(auditEntry({ at, class: "system", action: "audit.anchored", who, address, result: "done", detail }));
    return anchor;
  }

  async anchors(caller: Caller, { limit, next }: { limit: number; next?: number | undefined }): Promise<AnchorAnswer> {
    visibleAudit(caller);
    const bounded = boundedPage(limit);
    const anchors = await this.#with.store.anchors({ limit: bounded, before: next });
    return { pem: this.#with.signer.pem, anchors, next: anchors.length < bounded ? undefined : anchors.at(-1)?.seq };
  }

  async verify(caller: Caller): Promise<AuditVerdict> {
    visibleAudit(caller);
    const { store, signer, check } = this.#with;
    return verifyWithAnchors(store, { trusted: signer.key, check });
  }

  #look(): Promise<void> {
    this.#work ??= this.#daily()
      .catch((error: unknown) => this.#with.log.error({ err: error }, "the audit could not be anchored or kept small"))
      .finally(() => {
        this.#work = undefined;
      });
    return this.#work;
  }

  async #daily(): Promise<void> {
    const { store, zone, clock, keep } = this.#with;
    const days = await this.#dayAnchors();
    if (!dayAnchorDue(zone, days[0], clock.wallMs())) return;
    await this.make("day");
    const nowMs = clock.wallMs();
    for (const { class: group, beforeMs } of dueErasures(keep, nowMs, [nowMs, ...days])) {
      const what = { class: group, beforeMs, limit: erasedAtOnce, nowMs };
      while ((await store.erase(what)) === erasedAtOnce) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Times of the daily ones, newest first; among the last hundred of all. */
  async #dayAnchors(): Promise<readonly number[]> {
    const last = await this.#with.store.anchors({ limit: 100 });
    return last.filter(({ anchor }) => anchor.reason === "day").map(({ anchor }) => Date.parse(anchor.at));
  }
}

export interface AnchorTrust {
  /** The public key whose signatures count. */
  readonly trusted: string;
  readonly check: CheckSignature;
}

/** The chain from its first entry, and whether it still holds what was anchored in it. */
export async function verifyWithAnchors(
  store: Pick<AuditStore, "verify" | "hashAt" | "anchors">,
  trust: AnchorTrust,
  elsewhere: readonly SignedHead[] = [],
): Promise<AuditVerdict> {
  const found = await store.verify();
  if (!found.ok) return found;
  const own: SignedHead[] = [];
  for (let before: number | undefined; ; ) {
    const page = await store.anchors({ limit: 500, before });
    own.push(...page.map(({ anchor }) => anchor));
    before = page.at(-1)?.seq;
    if (page.length < 500) break;
  }
  // An old installation key signed the ones of its time; those that were kept elsewhere must all be of the trusted one.
  for (const anchor of [...elsewhere, ...own.filter(({ key }) => key === trust.trusted)]) {
    const why = await anchorFault(store, trust, anchor);
    if (why !== undefined) return { ok: false, count: found.count, brokenAt: anchor.count, why };
  }
  return { ...found, anchors: elsewhere.length + own.length };
}

async function anchorFault(
  store: Pick<AuditStore, "hashAt">,
  { trusted, check }: AnchorTrust,
  anchor: SignedHead,
): Promise<string | undefined> {
  const name = `the anchor of ${anchor.at}`;
  const signature = headFault(check, trusted, anchor);
  if (signature !== undefined) return `${name}: ${signature}`;
  const hash = await store.hashAt(anchor.count);
  if (hash === undefined) return `the chain ends before ${name}: entries up to ${anchor.count} were there`;
  if (hash !== anchor.hash) return `${name} does not fit: the chain was rewritten at or before entry ${anchor.count}`;
  return undefined;
}
