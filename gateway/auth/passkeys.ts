import {
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { passkeyQuestionHoldsMs } from "../core/access/passkey-site.ts";
import type { Log } from "../core/log.ts";
import type { PasskeyCeremonies, PasskeyOptions, PasskeyRecord } from "../core/passkey-port.ts";

/** EdDSA, ES256, RS256: what authenticators make (§5.4). */
const algorithms = [-8, -7, -257];

/** WebAuthn ceremonies, user verification always required, no attestation asked for. */
export function createPasskeyCeremonies(log: Log): PasskeyCeremonies {
  return {
    async creation(site, person, have) {
      const options = await generateRegistrationOptions({
        rpName: site.name,
        rpID: site.rpId,
        userName: person.name,
        userID: new TextEncoder().encode(person.id),
        timeout: passkeyQuestionHoldsMs,
        attestationType: "none",
        excludeCredentials: have.map(described),
        authenticatorSelection: { residentKey: "discouraged", userVerification: "required" },
        supportedAlgorithmIDs: algorithms,
      });
      // JSON for the browser, which alone reads it; the port knows no library's types.
      return options as unknown as PasskeyOptions;
    },

    async request(site, have) {
      const options = await generateAuthenticationOptions({
        rpID: site.rpId,
        timeout: passkeyQuestionHoldsMs,
        allowCredentials: have.map(described),
        userVerification: "required",
      });
      // JSON for the browser, which alone reads it; the port knows no library's types.
      return options as unknown as PasskeyOptions;
    },

    async created(site, challenge, answer) {
      try {
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          // As it came over the wire: the library checks its shape, and what is wrong in it throws.
          response: answer as unknown as RegistrationResponseJSON,
          ...expected(site, challenge),
          supportedAlgorithmIDs: algorithms,
        });
        if (!verified) return undefined;
        const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
        return { id, publicKey: Buffer.from(publicKey).toString("base64url"), counter, transports };
      } catch (error) {
        log.info({ err: error }, "a new passkey does not hold");
        return undefined;
      }
    },

    async shown(site, challenge, passkey, answer) {
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          // As above: its shape is the library's to check.
          response: answer as unknown as AuthenticationResponseJSON,
          ...expected(site, challenge),
          // The count is compared where it is stored: its going back must not look like a bad signature.
          credential: { id: passkey.id, publicKey: Buffer.from(passkey.publicKey, "base64url"), counter: 0 },
        });
        return verified ? authenticationInfo.newCounter : undefined;
      } catch (error) {
        log.info({ err: error }, "what was shown as a passkey does not hold");
        return undefined;
      }
    },
  };
}

function expected({ origin, rpId }: { readonly origin: string; readonly rpId: string }, challenge: string) {
  return { expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: rpId, requireUserVerification: true };
}

function described({ id, transports }: PasskeyRecord) {
  return { id, transports: [...transports] as AuthenticatorTransport[] };
}
