/** Ports of everything secret about signing in: implemented in `auth/`, used by the services. */

export interface PasswordCheck {
  readonly ok: boolean;
  /** True where the stored hash is of an older cost and should be made anew. */
  readonly outdated: boolean;
}

/** Passwords. All methods may run at the same time; beyond a bounded queue they reject with auth/slow-down. */
export interface Passwords {
  /** @throws PlanciaError user/password-too-short, user/password-common, request/invalid (too long). */
  checkQuality(password: string, userName: string): void;
  /** PHC string. */
  hash(password: string): Promise<string>;
  /** Takes the same time for `undefined` (unknown user, or one without a password), which is never ok. */
  verify(password: string, hash: string | undefined): Promise<PasswordCheck>;
}

export interface AccessClaims {
  readonly userId: string;
  readonly signInId: string;
  /** UTC ms, whole seconds. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface AccessTokens {
  readonly lifetimeS: number;
  issue(userId: string, signInId: string): Promise<string>;
  /** undefined for anything that is not a token of this gateway, now. Never throws. */
  verify(token: string): Promise<AccessClaims | undefined>;
}

/** Opaque secrets. Only hashes of them are stored. */
export interface Secrets {
  /** 256 random bits, base64url. */
  random(): string;
  /** A recovery code, as people read it. */
  recoveryCode(): string;
  /** A short random id, no secret. */
  id(): string;
  /** SHA-256, hex. */
  hash(secret: string): string;
  /** A cookie for a new sign-in, and the id that belongs to it. */
  newCookie(): { readonly cookie: string; readonly signInId: string };
  /**
   * The stop-only credential of a sign-in: the same as long as the sign-in lives, so that a page that
   * was reloaded gets it again; nobody without the gateway's key can work it out.
   */
  stopTokenOf(signInId: string): string;
  /**
   * The cookie after this one: the same answer each time, so that a repeated request gets the same
   * next cookie, yet nobody without the gateway's key can work it out.
   */
  nextCookie(cookie: string): string;
  /** The sign-in to which a cookie belongs or once belonged; undefined: not shaped like one of ours. */
  signInIdOf(cookie: string): string | undefined;
}

/** One-time codes by time (RFC 6238). */
export interface OneTimeCodes {
  /** A new secret of 160 random bits, base32. */
  newSecret(): string;
  /** `otpauth://totp/…`, for an authenticator. */
  uri(secret: string, account: string): string;
  /** The time step whose code this is, one step before or after now at most; undefined: none. */
  stepOf(secret: string, code: string, nowMs: number): number | undefined;
}

/** Keeps secrets readable to this installation alone. */
export interface Seals {
  /** @param bound to what it belongs: opened elsewhere it is worth nothing. */
  seal(text: string, bound: string): string;
  /** undefined: sealed by another key, for something else, or damaged. */
  open(sealed: string, bound: string): string | undefined;
}

export type OpenedSecret =
  | { readonly ok: true; readonly secret: string }
  | { readonly ok: false; readonly why: "damaged" | "no key" | "other key" };

/**
 * Opens what `${sealed:…}` of a configuration holds; the key is looked for at the first one.
 * @throws PlanciaError start/unsafe for a key that must not be used.
 */
export type OpenSecret = (sealed: string) => OpenedSecret;

/** Log-in back-off (S9). Pure bookkeeping: the caller tells what happened. */
export interface LoginBackOff {
  /**
   * Asks for one try. It counts as failed at once, so that tries running side by side cannot slip
   * through; `succeeded` takes it back. Returns seconds to wait (1 to 60), or undefined: go ahead.
   */
  attempt(account: string, address: string): number | undefined;
  /** Right so far, and not in yet: takes this one try back and clears no other. */
  takeBack(account: string, address: string): void;
  /**
   * Asks for one guess at the second factor, after the right password: bounded for the account from
   * wherever it comes, since nobody without the password can use it up. Counts as wrong at once.
   */
  attemptCode(account: string): number | undefined;
  succeeded(account: string, address: string): void;
}
