import { type JWTHeaderParameters, jwtVerify, SignJWT } from "jose";
import type { AccessClaims, AccessTokens } from "../core/access/credentials-port.ts";
import type { Clock } from "../core/clock.ts";
import type { TokenKey, TokenKeys } from "./token-keys.ts";

/** An access token lives 5 min; the session in the cookie mints the next one. */
export const accessTokenLifetimeS = 300;

const audience = "plancia-api";
const type = "at+jwt";
/** Headers of our own tokens; any other one (jku, jwk, x5u, x5c, crit, b64 …) makes a token a stranger's. */
const knownHeaders: ReadonlySet<string> = new Set(["alg", "kid", "typ"]);
/** Longer is not looked at. Ours have about 300 characters. */
const longestToken = 2_000;

/**
 * Signed access tokens: EdDSA alone, keys, issuer and audience fixed, no tolerance of the clock.
 * @param issuer the gateway's id: a token of another gateway is a stranger's, whatever its key.
 */
export function createAccessTokens(settings: { keys: TokenKeys; issuer: string; clock: Clock }): AccessTokens {
  const { keys, issuer, clock } = settings;
  return {
    lifetimeS: accessTokenLifetimeS,

    issue(userId, signInId) {
      const now = Math.floor(clock.wallMs() / 1000);
      const { privateKey, kid } = keys.newest;
      return new SignJWT({ sid: signInId })
        .setProtectedHeader({ alg: "EdDSA", kid, typ: type })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt(now)
        .setExpirationTime(now + accessTokenLifetimeS)
        .sign(privateKey);
    },

    async verify(token) {
      if (token.length > longestToken) return undefined;
      try {
        let key: TokenKey | undefined;
        const known = (header: JWTHeaderParameters) => {
          key = keyFor(header, keys);
          return key.publicKey;
        };
        const { payload } = await jwtVerify(token, known, {
          algorithms: ["EdDSA"],
          issuer,
          audience,
          typ: type,
          clockTolerance: 0,
          currentDate: new Date(clock.wallMs()),
          // Also refuses a token from the future, as after a backward step of the clock (R3).
          maxTokenAge: accessTokenLifetimeS,
          requiredClaims: ["sub", "sid", "iat", "exp"],
        });
        const claims = claimsOf(payload);
        // Signed with a key that signed no more: somebody else has it.
        const late = (claims?.issuedAtMs ?? 0) > (key?.signedUntilMs ?? Number.POSITIVE_INFINITY);
        return late ? undefined : claims;
      } catch {
        // Whatever was wrong with it: it is not ours, and the answer must not say why.
        return undefined;
      }
    },
  };
}

function claimsOf(payload: Readonly<Record<string, unknown>>): AccessClaims | undefined {
  const { sub, sid, iat, exp } = payload;
  if (typeof sub !== "string" || typeof sid !== "string" || typeof iat !== "number" || typeof exp !== "number")
    return undefined;
  return { userId: sub, signInId: sid, issuedAtMs: iat * 1000, expiresAtMs: exp * 1000 };
}

function keyFor(header: JWTHeaderParameters, keys: TokenKeys): TokenKey {
  const key = keys.find(header.kid);
  const ours = key !== undefined && Object.keys(header).every((name) => knownHeaders.has(name));
  if (!ours) throw new Error("not a header of ours");
  return key;
}
