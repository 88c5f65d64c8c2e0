import type { SignInLimits } from "../core/plant.ts";
import type { SignInRecord } from "../core/records-port.ts";

/** The cookie before the last one is good for so long, ms (CONTRACT). */
export const previousCookieHoldsMs = 30_000;
/** The one-time link of the first administrator, ms. */
export const firstLinkHoldsMs = 15 * 60_000;

/** UTC ms. Its page renews its token every few minutes, which counts as a word of it. */
export function signInEndsAt(signIn: SignInRecord, { idleMs }: SignInLimits): number {
  return Math.min(signIn.expiresAt, signIn.lastSeenAt + idleMs);
}

/** So long the link of an invitation holds, ms. */
export const invitationHoldsMs = 7 * 24 * 3_600_000;
