import type { LoginBackOff } from "../core/access/credentials-port.ts";
import { addressBlock } from "../core/address-block.ts";
import type { Clock } from "../core/clock.ts";
import { RecentTable } from "../kit/recent-table.ts";

/**
 * Log-in back-off (S9), in four tables that all forget after a quarter of an hour:
 *
 * - *pair*: this account from this address. Few tries are free.
 * - *address*: any account from this address. More are free.
 * - *account*: this account from anywhere. Many are free, and it binds only addresses that have
 *   themselves failed on the account.
 *
 * - *code*: the second factor of this account, after the right password, from anywhere. Its wait binds
 *   everybody: six figures fall to a thousand addresses otherwise, and without the password nobody gets here.
 *
 * What keeps a stranger from locking people out: the right password from an address that has not
 * failed on this account is never held back on the account's behalf; a pair that has signed in before
 * (the kiosk, somebody's desk) answers for its own failures alone; no wait is longer than a minute,
 * and being told to wait does not make the wait longer.
 */
export interface BackOffRule {
  /** Failures before the first wait. */
  readonly free: number;
  /** The first wait, ms; it doubles with each failure. */
  readonly firstMs: number;
  readonly longestMs: number;
}

export const backOffRules = {
  pair: { free: 3, firstMs: 1_000, longestMs: 60_000 },
  address: { free: 10, firstMs: 1_000, longestMs: 60_000 },
  account: { free: 20, firstMs: 2_000, longestMs: 30_000 },
  code: { free: 5, firstMs: 1_000, longestMs: 60_000 },
} as const satisfies Record<string, BackOffRule>;

/** A quiet quarter of an hour wipes the slate. */
export const forgetAfterMs = 15 * 60_000;
/** A pair that signed in stays known so long. */
export const knownForMs = 30 * 24 * 3_600_000;
const rowsPerTable = 10_000;

interface Failures {
  count: number;
  waitUntilMs: number;
}

/** The wait after the `count`-th failure, ms. */
export function waitAfter(rule: BackOffRule, count: number): number {
  if (count < rule.free) return 0;
  return Math.min(rule.longestMs, rule.firstMs * 2 ** Math.min(count - rule.free, 30));
}

export class LoginBackOffTables implements LoginBackOff {
  readonly #clock: Clock;
  readonly #pairs: RecentTable<Failures>;
  readonly #addresses: RecentTable<Failures>;
  readonly #accounts: RecentTable<Failures>;
  readonly #codes: RecentTable<Failures>;
  readonly #known: RecentTable<true>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pairs = new RecentTable(rowsPerTable, forgetAfterMs);
    this.#addresses = new RecentTable(rowsPerTable, forgetAfterMs);
    this.#accounts = new RecentTable(rowsPerTable, forgetAfterMs);
    this.#codes = new RecentTable(rowsPerTable, forgetAfterMs);
    this.#known = new RecentTable(rowsPerTable, knownForMs);
  }

  /** Rows thrown out because a table was full. */
  get evictions(): number {
    return [this.#pairs, this.#addresses, this.#accounts, this.#codes, this.#known].reduce(
      (sum, table) => sum + table.evictions,
      0,
    );
  }

  attempt(account: string, address: string): number | undefined {
    const now = this.#clock.monotonicMs();
    const keys = keysOf(account, address);
    const waitMs = Math.max(...this.#binding(keys, now).map((failures) => (failures?.waitUntilMs ?? 0) - now));
    if (waitMs > 0) return Math.ceil(waitMs / 1000);
    fail(this.#pairs, keys.pair, backOffRules.pair, now);
    // A known pair answers for itself alone: its failures bind nobody else.
    if (this.#known.get(keys.pair, now)) return undefined;
    fail(this.#addresses, keys.address, backOffRules.address, now);
    fail(this.#accounts, keys.account, backOffRules.account, now);
    return undefined;
  }

  takeBack(account: string, address: string): void {
    const now = this.#clock.monotonicMs();
    const keys = keysOf(account, address);
    takeBack(this.#pairs, keys.pair, now);
    if (this.#known.get(keys.pair, now)) return;
    takeBack(this.#addresses, keys.address, now);
    takeBack(this.#accounts, keys.account, now);
  }

  attemptCode(account: string): number | undefined {
    const now = this.#clock.monotonicMs();
    const key = keysOf(account, "").account;
    const waitMs = (this.#codes.get(key, now)?.waitUntilMs ?? 0) - now;
    if (waitMs > 0) return Math.ceil(waitMs / 1000);
    fail(this.#codes, key, backOffRules.code, now);
    return undefined;
  }

  succeeded(account: string, address: string): void {
    const now = this.#clock.monotonicMs();
    const keys = keysOf(account, address);
    this.#codes.delete(keys.account);
    this.#pairs.delete(keys.pair);
    if (this.#known.get(keys.pair, now) === undefined) {
      takeBack(this.#addresses, keys.address, now);
      takeBack(this.#accounts, keys.account, now);
    }
    this.#known.set(keys.pair, true, now);
  }

  #binding(keys: Keys, now: number): readonly (Failures | undefined)[] {
    const pair = this.#pairs.get(keys.pair, now);
    if (this.#known.get(keys.pair, now)) return [pair];
    const account = pair ? this.#accounts.get(keys.account, now) : undefined;
    return [pair, this.#addresses.get(keys.address, now), account];
  }
}

function fail(table: RecentTable<Failures>, key: string, rule: BackOffRule, now: number): void {
  const count = (table.get(key, now)?.count ?? 0) + 1;
  table.set(key, { count, waitUntilMs: now + waitAfter(rule, count) }, now);
}

/** Its own try alone: a wait that runs goes on, so that one valid account cannot clear the way for tries on others. */
function takeBack(table: RecentTable<Failures>, key: string, now: number): void {
  const failures = table.get(key, now);
  if (failures !== undefined && failures.count > 0) failures.count--;
}

interface Keys {
  readonly pair: string;
  readonly address: string;
  readonly account: string;
}

function keysOf(accountAsTyped: string, rawAddress: string): Keys {
  const account = accountAsTyped.slice(0, 100).normalize("NFKC").toLowerCase();
  const address = addressBlock(rawAddress);
  return { account, address, pair: `${address} ${account}` };
}
