import type { PasskeySite } from "../passkey-port.ts";

/** A question to an authenticator is good for so long, and once, ms. */
export const passkeyQuestionHoldsMs = 2 * 60_000;
/** Of one person. */
export const mostPasskeys = 10;

export type PasskeyPlace =
  | { readonly ok: true; readonly site: PasskeySite }
  | { readonly ok: false; readonly why: string; readonly rule: "no-name" | "address" | "not-secure" };

/** Where passkeys can be used: WebAuthn gives them to a host name in a secure context, never to an IP address (§5.1.3, §13.4.9). */
export function passkeyPlace(publicUrl: string | undefined, name: string): PasskeyPlace {
  if (publicUrl === undefined)
    return { ok: false, rule: "no-name", why: "Passkeys need a host name: set server.publicUrl to https://NAME" };
  const { protocol, hostname, origin } = new URL(publicUrl);
  if (hostname.startsWith("[") || /^[\d.]+$/.test(hostname))
    return {
      ok: false,
      rule: "address",
      why: `Passkeys need a host name, and ${hostname} is an address: set server.publicUrl to https://NAME`,
    };
  const thisComputer = hostname === "localhost" || hostname.endsWith(".localhost");
  if (protocol !== "https:" && !thisComputer)
    return {
      ok: false,
      rule: "not-secure",
      why: "Passkeys need https with a certificate that browsers trust; without it they work at localhost alone",
    };
  return { ok: true, site: { rpId: hostname, origin, name } };
}

/**
 * §6.1.1: a count that does not rise may mean a copy of the key; who never counts says 0 each time.
 * @param seen the highest before
 */
export function countRises(seen: number, counter: number): boolean {
  return counter > seen || (counter === 0 && seen === 0);
}
