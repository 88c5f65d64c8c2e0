import { Secret, TOTP } from "otpauth";
import type { OneTimeCodes } from "../core/access/credentials-port.ts";
import { stepS, stepsApart } from "../core/access/second-factor.ts";

/** RFC 4226 §4, R6: 160 bits. */
const secretBytes = 20;

/**
 * Codes as every authenticator makes them: SHA-1, six figures, 30 s (RFC 6238; others are ignored by
 * some authenticators without a word).
 * @param issuer what people read beside the code: the site's name.
 */
export function createOneTimeCodes(issuer: string): OneTimeCodes {
  const totp = (secret: string, label: string): TOTP =>
    new TOTP({ issuer, label, secret: Secret.fromBase32(secret), algorithm: "SHA1", digits: 6, period: stepS });
  return {
    newSecret: () => new Secret({ size: secretBytes }).base32,
    // A colon would divide issuer and account in another place.
    uri: (secret, account) => totp(secret, account.replaceAll(":", " ")).toString(),
    stepOf(secret, code, nowMs) {
      if (!/^\d{6}$/.test(code)) return undefined;
      const apart = totp(secret, "").validate({ token: code, timestamp: nowMs, window: stepsApart });
      return apart === null ? undefined : Math.floor(nowMs / (stepS * 1000)) + apart;
    },
  };
}
