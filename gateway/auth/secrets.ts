import { createHmac, hash, randomBytes } from "node:crypto";
import type { Secrets } from "../core/access/credentials-port.ts";
import { recoveryCodeOf } from "../core/access/second-factor.ts";

/**
 * A cookie is base64url of 16 family bytes and 32 secret bytes. The family names the sign-in, by its
 * hash, without being guessable from it: whoever shows an old cookie of a family has truly held it,
 * so that its re-use ends the sign-in, while a stranger who knows the id of a sign-in can end nothing.
 */
const familyBytes = 16;
const secretBytes = 32;
const cookieShape = new RegExp(`^[A-Za-z0-9_-]{${((familyBytes + secretBytes) * 4) / 3}}$`);

/** @param key secret of this installation, at least 32 bytes. */
export function createSecrets(key: Uint8Array): Secrets {
  return {
    random: () => randomBytes(32).toString("base64url"),
    recoveryCode: () => recoveryCodeOf(randomBytes(16)),
    id: () => randomBytes(12).toString("base64url"),
    hash: (secret) => hash("sha256", secret, "hex"),
    newCookie() {
      const cookie = randomBytes(familyBytes + secretBytes);
      return { cookie: cookie.toString("base64url"), signInId: idOfFamily(familyOf(cookie)) };
    },
    stopTokenOf: (signInId) =>
      createHmac("sha256", key).update("plancia stop token\0").update(signInId).digest("base64url"),
    nextCookie(cookie) {
      const bytes = Buffer.from(cookie, "base64url");
      const next = createHmac("sha256", key).update("plancia next cookie\0").update(bytes).digest();
      return Buffer.concat([familyOf(bytes), next]).toString("base64url");
    },
    signInIdOf(cookie) {
      return cookieShape.test(cookie) ? idOfFamily(familyOf(Buffer.from(cookie, "base64url"))) : undefined;
    },
  };
}

function familyOf(cookie: Buffer): Buffer {
  return cookie.subarray(0, familyBytes);
}

function idOfFamily(family: Buffer): string {
  return hash("sha256", Buffer.concat([Buffer.from("plancia sign-in\0"), family]), "base64url").slice(0, 22);
}
