import type { Clock, Timers } from "../../core/clock.ts";
import { ClientSecureChannelLayer, MessageSecurityMode, SecurityPolicy } from "./node-opcua.ts";
import type { OwnIdentity } from "./pki/own-certificate.ts";

export type WireSecurity =
  | { readonly mode: "None" }
  | {
      readonly mode: "Sign" | "SignAndEncrypt";
      readonly policy: SecurityPolicy;
      readonly own: OwnIdentity;
      /** Checked and trusted: from here on only its owner can take part. */
      readonly serverCertificate: Buffer;
    };

export interface WireSettings {
  readonly endpoint: string;
  readonly security: WireSecurity;
  /** How long connection and secure channel may take to open. */
  readonly timeoutMs: number;
  readonly lifetimeMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Largest message we take, bytes: a text of 10 MB must not end the connection. */
const largestMessage = 64 * 1024 * 1024;

/** node-opcua's end of a secure channel, not yet connected: one attempt, no repairs of its own. */
export function secureLayer({ security, lifetimeMs }: WireSettings): ClientSecureChannelLayer {
  const shared = {
    defaultSecureTokenLifetime: lifetimeMs,
    connectionStrategy: { maxRetry: 0 },
    transportSettings: { maxMessageSize: largestMessage, maxChunkCount: 0 },
  };
  if (security.mode === "None") {
    return new ClientSecureChannelLayer({
      ...shared,
      securityMode: MessageSecurityMode.None,
      securityPolicy: SecurityPolicy.None,
    });
  }
  const certificate = security.own.certificate.raw;
  return new ClientSecureChannelLayer({
    ...shared,
    securityMode: MessageSecurityMode[security.mode],
    securityPolicy: security.policy,
    serverCertificate: security.serverCertificate,
    parent: {
      applicationName: "Plancia",
      getCertificate: () => certificate,
      getCertificateChain: () => [certificate],
      getPrivateKey: () => ({ hidden: security.own.key }),
    },
  });
}
