import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from "@simplewebauthn/browser";
import type { PasskeyOptions } from "../api/wire.ts";

/** The browser gave none: closed, timed out, or none that fits. */
export class NoPasskey extends Error {}

/** Whether this page may have passkeys at all: WebAuthn gives none to addresses, nor without a secure context. */
export function passkeysHere(): boolean {
  return browserSupportsWebAuthn() && window.isSecureContext && !/^[\d.]+$|^\[/.test(location.hostname);
}

/** @throws NoPasskey. */
export async function makePasskey(options: PasskeyOptions): Promise<unknown> {
  // Made by the same library on the gateway; the wire carries it as plain JSON.
  const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON;
  return startRegistration({ optionsJSON }).catch(givenUp);
}

/** @throws NoPasskey. */
export async function showPasskey(options: PasskeyOptions): Promise<unknown> {
  // As in `makePasskey`.
  const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON;
  return startAuthentication({ optionsJSON }).catch(givenUp);
}

function givenUp(error: unknown): never {
  throw new NoPasskey("no passkey", { cause: error });
}
