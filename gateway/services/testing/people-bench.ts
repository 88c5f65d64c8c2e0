import { createHash, randomBytes } from "node:crypto";
import type {
  AccessTokens,
  LoginBackOff,
  OneTimeCodes,
  Passwords,
  Seals,
  Secrets,
} from "../../core/access/credentials-port.ts";
import { recoveryCodeOf } from "../../core/access/second-factor.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";

/** Small, real implementations of the credential ports, for tests of the services: quick, and open to look into. */

export const plainPasswords: Passwords = {
  checkQuality(password) {
    if (password.length < 12) throw new PlanciaError("user/password-too-short", "too short");
  },
  hash: async (password) => `plain ${password}`,
  verify: async (password, hash) => ({
    ok: hash?.endsWith(` ${password}`) ?? false,
    outdated: hash?.startsWith("old ") ?? false,
  }),
};

/** Tokens that are only as good as their text: `user.sign-in.issued.end`. */
export function textTokens(clock: Clock, lifetimeS = 300): AccessTokens & { readonly verified: string[] } {
  const verified: string[] = [];
  return {
    lifetimeS,
    verified,
    issue: async (userId, signInId) => [userId, signInId, clock.wallMs(), clock.wallMs() + lifetimeS * 1000].join("."),
    async verify(token) {
      verified.push(token);
      const [userId = "", signInId = "", issued, end] = token.split(".");
      const claims = { userId, signInId, issuedAtMs: Number(issued), expiresAtMs: Number(end) };
      return claims.issuedAtMs <= clock.wallMs() && clock.wallMs() < claims.expiresAtMs ? claims : undefined;
    },
  };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Cookies of the shape `family:turn`. */
export const countedSecrets: Secrets = {
  random: () => randomBytes(32).toString("base64url"),
  recoveryCode: () => recoveryCodeOf(randomBytes(16)),
  id: () => randomBytes(12).toString("base64url"),
  hash: sha256,
  newCookie() {
    const family = randomBytes(8).toString("hex");
    return { cookie: `${family}:0`, signInId: `of-${family}` };
  },
  stopTokenOf: (signInId) => `stop of ${signInId}`,
  nextCookie(cookie) {
    const [family, turn] = cookie.split(":");
    return `${family}:${Number(turn) + 1}`;
  },
  signInIdOf: (cookie) => (/^[0-9a-f]{16}:\d+$/.test(cookie) ? `of-${cookie.slice(0, 16)}` : undefined),
};

/** The code of a secret is its step: `000042` in the 42nd half minute. */
export const steppedCodes: OneTimeCodes = {
  newSecret: () => randomBytes(6).toString("hex"),
  uri: (secret, account) => `otpauth://totp/Test:${account}?secret=${secret}`,
  stepOf(_secret, code, nowMs) {
    const step = Math.floor(nowMs / 30_000);
    return [step - 1, step, step + 1].find((each) => codeOf(each) === code);
  },
};

export function codeOf(step: number): string {
  return String(step % 1_000_000).padStart(6, "0");
}

/** Sealed is turned round. */
export const turnedSeals: Seals = {
  seal: (text, bound) => `${bound}:${[...text].reverse().join("")}`,
  open: (sealed, bound) =>
    sealed.startsWith(`${bound}:`) ? [...sealed.slice(bound.length + 1)].reverse().join("") : undefined,
};

/** Three tries an account, then 7 s, until somebody succeeds. */
export function threeTries(): LoginBackOff {
  const tries = new Map<string, number>();
  const codes = new Map<string, number>();
  return {
    attempt(account) {
      const count = (tries.get(account) ?? 0) + 1;
      if (count > 3) return 7;
      tries.set(account, count);
      return undefined;
    },
    takeBack: (account) => void tries.set(account, (tries.get(account) ?? 1) - 1),
    attemptCode(account) {
      const count = (codes.get(account) ?? 0) + 1;
      if (count > 3) return 7;
      codes.set(account, count);
      return undefined;
    },
    succeeded(account) {
      tries.delete(account);
      codes.delete(account);
    },
  };
}
