import type { Secrets } from "../../core/access/credentials-port.ts";
import type { Caller } from "../../core/access/policy.ts";
import { holds } from "../../core/access/token.ts";
import type { AccessStore, TokenRecord } from "../../core/access-port.ts";
import { addressBlock } from "../../core/address-block.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { PeopleStore } from "../../core/records-port.ts";
import { RecentTable } from "../../kit/recent-table.ts";
import { type AuditDesk, auditEntry } from "../audit.ts";
import type { Origin } from "../use-cases.ts";

export interface TokenUseSettings {
  readonly store: Pick<AccessStore, "findToken" | "touchToken">;
  readonly people: Pick<PeopleStore, "findUser">;
  readonly audit: Pick<AuditDesk, "note">;
  readonly secrets: Pick<Secrets, "hash">;
  readonly clock: Clock;
  readonly log: Log;
}

/** Last use is written down at most once in this time, ms. */
const touchEveryMs = 60_000;
/** The same refusal of the same token from the same address is noted once in this time, ms. */
const refusalEveryMs = 60_000;
/** An address is new again after this time without a use from it, ms. */
const addressKeptMs = 30 * 86_400_000;
const rows = 10_000;

/** What is kept of how tokens are used: last use, new addresses, and what was refused. Holds nobody up and never throws. */
export class TokenUse {
  readonly #with: TokenUseSettings;
  readonly #touched = new RecentTable<true>(rows, touchEveryMs);
  readonly #from = new RecentTable<true>(rows, addressKeptMs);
  readonly #refused = new RecentTable<true>(rows, refusalEveryMs);

  constructor(settings: TokenUseSettings) {
    this.#with = settings;
  }

  used(token: TokenRecord, caller: Caller, { address }: Origin): void {
    const { clock, store, log } = this.#with;
    const now = clock.monotonicMs();
    const key = `${token.id} ${addressBlock(address)}`;
    if (this.#touched.get(key, now)) return;
    this.#touched.set(key, true, now);
    store.touchToken(token.id, clock.wallMs(), address).catch((error: unknown) => {
      log.warn({ err: error, token: token.id }, "the last use of a token could not be written down");
    });
    const before = token.lastUsedFrom;
    const isNew = !this.#from.get(key, now) && (before === undefined || addressBlock(before) !== addressBlock(address));
    this.#from.set(key, true, now);
    if (isNew) this.#note("token.used-from-new-address", "done", token, caller.name, address, {});
  }

  /** @param token as far as it is known here; one that has ended is looked up for the record. */
  refused(
    read: { readonly id: string; readonly secret: string },
    token: TokenRecord | undefined,
    { address }: Origin,
  ): void {
    const now = this.#with.clock.monotonicMs();
    const key = `${read.id} ${addressBlock(address)}`;
    if (this.#refused.get(key, now)) return;
    this.#refused.set(key, true, now);
    void this.#noteRefused(read, token, address);
  }

  async #noteRefused({ id, secret }: { id: string; secret: string }, known: TokenRecord | undefined, address: string) {
    const { store, people, secrets, clock, log } = this.#with;
    try {
      const token = known ?? (await store.findToken(id));
      // Anybody can make up an id: of those there is nothing to keep.
      if (token === undefined) return;
      const owner = (await people.findUser(token.userId))?.name ?? token.userId;
      const ended = token.revokedAt === undefined ? "expired" : "revoked";
      const lapsed = holds(token, clock.wallMs()) ? "its owner cannot use it" : ended;
      const why =
        secrets.hash(secret) !== token.hash ? "wrong secret" : known === undefined ? lapsed : "another address";
      this.#note("token.refused", "refused", token, `${owner} (${token.name})`, address, { why });
    } catch (error) {
      log.warn({ err: error, token: id }, "a refused token could not be noted");
    }
  }

  #note(action: string, result: string, token: TokenRecord, who: string, address: string, detail: object): void {
    const entry = { at: this.#with.clock.wallMs(), class: "sign-in", action, who, address } as const;
    this.#with.audit.note(auditEntry({ ...entry, target: token.id, result, detail: { ...detail, name: token.name } }));
  }
}
