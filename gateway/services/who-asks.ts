import type { AccessClaims, AccessTokens, Secrets } from "../core/access/credentials-port.ts";
import type { Caller } from "../core/access/policy.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { UserRecord } from "../core/records-port.ts";
import { RecentTable } from "../kit/recent-table.ts";
import type { KnownCallers } from "./known-callers.ts";
import type { Origin } from "./use-cases.ts";

export interface WhoAsksSettings {
  readonly known: KnownCallers;
  readonly tokens: AccessTokens;
  readonly secrets: Pick<Secrets, "hash">;
  /** By which tokens end. */
  readonly clock: Clock;
  /** Of what is told; the same where it is not given. */
  readonly dates?: Clock;
}

/** Access tokens whose signature was checked already. */
const tokensRemembered = 10_000;

/** From a token to its caller with today's rights, out of memory. */
export class WhoAsks {
  readonly #with: WhoAsksSettings;
  readonly #checked: RecentTable<AccessClaims>;

  constructor(settings: WhoAsksSettings) {
    this.#with = settings;
    this.#checked = new RecentTable(tokensRemembered, settings.tokens.lifetimeS * 1000);
  }

  /** @throws PlanciaError auth/required, store/unavailable when rights could not be checked for a minute. */
  async authenticate(accessToken: string, origin: Origin) {
    this.#with.known.assertCurrent();
    return this.#byAccessToken(accessToken, origin);
  }

  /** R10: needs no store, and old rights are good enough. @throws PlanciaError auth/required. */
  async authenticateForStop(
    token: string,
    origin: Origin,
  ): Promise<{ readonly caller: Caller; readonly user: UserRecord }> {
    // An access token is three parts with points between (JWT); a stop token is one part without.
    if (token.includes(".")) return this.#byAccessToken(token, origin);
    const known = this.#with.known.findByStop(this.#with.secrets.hash(token));
    if (known === undefined) throw signInAgain();
    return { caller: seenFrom(known.stopCaller, origin), user: known.user };
  }

  renew(caller: Caller): Caller | undefined {
    if (caller.token) return this.#with.known.today(caller);
    const known = this.#with.known.find(caller.signInId);
    if (known === undefined) return undefined;
    return seenFrom(caller.scope === "stop" ? known.stopCaller : known.caller, caller);
  }

  async #byAccessToken(token: string, origin: Origin) {
    const claims = await this.#claims(token);
    const known = claims && this.#with.known.find(claims.signInId);
    if (known === undefined || known.user.id !== claims?.userId) throw signInAgain();
    const { clock, dates = clock } = this.#with;
    const expiresAtMs = claims.expiresAtMs - (clock.wallMs() - dates.wallMs());
    return { caller: seenFrom(known.caller, origin), user: known.user, expiresAtMs };
  }

  /** Checking a signature takes 0.1 ms; a token that was checked is known by its text until it ends. */
  async #claims(token: string): Promise<AccessClaims | undefined> {
    const { clock, tokens } = this.#with;
    const now = clock.monotonicMs();
    const checked = this.#checked.get(token, now);
    const wall = clock.wallMs();
    if (checked !== undefined) return checked.issuedAtMs <= wall && wall < checked.expiresAtMs ? checked : undefined;
    const claims = await tokens.verify(token);
    if (claims !== undefined) this.#checked.set(token, claims, now);
    return claims;
  }
}

/** The caller as seen from where this request came. */
export function seenFrom(caller: Caller, origin: { readonly address: string }): Caller {
  return caller.address === origin.address ? caller : { ...caller, address: origin.address };
}

export function signInAgain(): PlanciaError {
  return new PlanciaError("auth/required", "Sign in again");
}
