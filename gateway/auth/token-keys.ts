import { createPrivateKey, createPublicKey, hash, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import type { Clock, Timers } from "../core/clock.ts";
import type { InstallationStore, TokenKeyRecord } from "../core/installation-port.ts";
import type { Log } from "../core/log.ts";
import { pkcs8Ed25519 } from "./ed25519.ts";
import type { InstallationKey } from "./installation-key.ts";

/** A key signs for a day at most. */
export const tokenKeyHoldsMs = 24 * 3_600_000;
/** How soon a key that another process made is used, ms. */
export const tokenKeyLookMs = 10_000;

export interface TokenKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** UTC ms. A token that says it was issued later is none of this key's; undefined: it signs now. */
  readonly signedUntilMs: number | undefined;
}

/** Whose signature a token has. */
export interface TokenKeys {
  /** The one that signs. */
  readonly newest: TokenKey;
  /** undefined: of nobody here. */
  find(kid: unknown): TokenKey | undefined;
}

export interface TokenKeySettings {
  readonly store: Pick<InstallationStore, "tokenKeys" | "addTokenKey" | "removeTokenKeys">;
  readonly installation: InstallationKey;
  /** How long a token lives, ms: so long an old key still has something to verify. */
  readonly lifetimeMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * The keys of access tokens: a new one each day, or when it is asked for; the one before verifies until
 * the last token that it signed has ended. The store holds salts, from which nobody without the
 * installation's key makes a key.
 */
export class TokenKeyRing implements TokenKeys {
  readonly #with: TokenKeySettings;
  #keys: readonly TokenKey[] = [];
  #cancel: (() => void) | undefined;
  #looking: Promise<void> | undefined;

  constructor(settings: TokenKeySettings) {
    this.#with = settings;
  }

  get newest(): TokenKey {
    const [newest] = this.#keys;
    if (newest === undefined) throw new Error("the token keys were not started");
    return newest;
  }

  find(kid: unknown): TokenKey | undefined {
    return this.#keys.find((key) => key.kid === kid);
  }

  /** @throws PlanciaError store/unavailable. */
  async start(): Promise<void> {
    await this.#look();
    this.#cancel = this.#with.timers.every(tokenKeyLookMs, () => {
      this.#looking ??= this.#look()
        .catch((error: unknown) => this.#with.log.warn({ err: error }, "the token keys could not be read"))
        .finally(() => {
          this.#looking = undefined;
        });
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    const { store, clock, lifetimeMs, log } = this.#with;
    const now = clock.wallMs();
    const [newest] = await store.tokenKeys();
    // Also after a clock that went back: a key from the future would outlive its day.
    if (newest === undefined || now - newest.madeAt >= tokenKeyHoldsMs || newest.madeAt - now > tokenKeyHoldsMs) {
      await store.addTokenKey(newTokenKey(now));
      log.info({}, "access tokens are signed with a new key");
    }
    await store.removeTokenKeys(now - tokenKeyHoldsMs - 2 * lifetimeMs);
    this.#use(await store.tokenKeys(), now);
  }

  #use(records: readonly TokenKeyRecord[], now: number): void {
    const { installation, lifetimeMs } = this.#with;
    const made = records.map((record, index) => {
      // What came after it was noticed within a look; until then this one went on signing.
      const next = records[index - 1];
      const signedUntilMs = next === undefined ? undefined : next.madeAt + 3 * tokenKeyLookMs;
      return { ...tokenKeyOf(installation, record.salt), signedUntilMs };
    });
    this.#keys = made.filter(({ signedUntilMs }) => signedUntilMs === undefined || now < signedUntilMs + lifetimeMs);
  }
}

export function newTokenKey(nowMs: number): TokenKeyRecord {
  return { salt: randomBytes(32).toString("base64url"), madeAt: nowMs };
}

export function tokenKeyOf(installation: InstallationKey, salt: string): Omit<TokenKey, "signedUntilMs"> {
  const seed = Buffer.from(hkdfSync("sha256", installation, salt, "plancia access token 2", 32));
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Ed25519, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const kid = hash("sha256", publicKey.export({ format: "der", type: "spki" }), "base64url").slice(0, 16);
  return { privateKey, publicKey, kid };
}
