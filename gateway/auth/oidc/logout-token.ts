import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from "jose";
import type { EndedAtProvider } from "../../core/access/identity-provider-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { RecentTable } from "../../kit/recent-table.ts";
import type { outboundFetch } from "./outbound.ts";

/** Only of keys that the provider alone has: `none` and every HS… are out. */
export const signatureAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout";
/** A logout token older than this is refused, s. */
const oldestS = 300;
const toleranceS = 30;
const mostRemembered = 10_000;

export interface LogoutTokenSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly jwksUri: string;
  readonly fetch: ReturnType<typeof outboundFetch>;
  readonly monotonicMs: () => number;
}

/**
 * Checks logout tokens (OpenID Connect Back-Channel Logout 1.0, §2.6), each good once.
 * @returns a function that rejects with PlanciaError auth/provider-refused, auth/provider-unavailable.
 */
export function logoutTokens(settings: LogoutTokenSettings): (token: string) => Promise<EndedAtProvider> {
  const { issuer, clientId, monotonicMs } = settings;
  const keys = createRemoteJWKSet(new URL(settings.jwksUri), { [customFetch]: settings.fetch });
  const seen = new RecentTable<true>(mostRemembered, (oldestS + 2 * toleranceS) * 1000);
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      algorithms: signatureAlgorithms,
      requiredClaims: ["iat", "exp", "jti", "events"],
      maxTokenAge: oldestS,
      clockTolerance: toleranceS,
    });
    assertLogout(payload);
    const jti = String(payload.jti);
    if (seen.get(jti, monotonicMs())) throw refused("the logout token was used already");
    seen.set(jti, true, monotonicMs());
    if (typeof payload.sub === "string" && payload.sub !== "") return { issuer, subject: payload.sub };
    const session = payload["sid"];
    if (typeof session === "string" && session !== "") return { issuer, session };
    throw refused("the logout token names nobody");
  };
}

/** An ID token has a nonce and no such event: it ends nothing. */
function assertLogout(payload: JWTPayload): void {
  const events = payload["events"];
  const event =
    typeof events === "object" && events !== null ? (events as Record<string, unknown>)[logoutEvent] : undefined;
  if (typeof event !== "object" || event === null || "nonce" in payload) throw refused("that is no logout token");
}

export function refused(why: string, cause?: unknown): PlanciaError {
  return new PlanciaError("auth/provider-refused", `The sign-in provider's answer does not hold: ${why}`, { cause });
}
