import type { SecuritySettings, ServerSettings } from "../core/plant.ts";
import { providersOf } from "./providers.ts";
import type { Root } from "./schema/root.ts";

export function serverOf(server: Root["server"]): ServerSettings {
  const { mode, cert, key, names = [] } = server.tls ?? { mode: "unset" as const };
  return {
    host: server.listen.host,
    port: server.listen.port,
    publicUrl: server.publicUrl,
    origins: server.origins.map((origin) => new URL(origin).origin),
    trustedProxies: server.trustedProxies,
    proxyHeader: server.proxyHeader,
    limits: server.limits,
    securityContact: server.securityContact,
    tls: { mode, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }), names },
  };
}

export function securityOf({
  audit,
  secondFactor,
  span,
  outbound,
  oidc,
  ...security
}: Root["security"]): SecuritySettings {
  const { idle, longest, lock, signIns } = security;
  const { signIn, ...keep } = audit.keep;
  return {
    ...{ secondFactor, span, outbound },
    renewCertificatesMs: security.renewCertificates,
    signIn: { idleMs: idle, longestMs: longest, lockMs: lock, most: signIns },
    audit: { keep: { ...keep, "sign-in": signIn } },
    providers: providersOf(oidc),
  };
}

/** Whether only this computer can reach an address. A name counts only if it is `localhost`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
