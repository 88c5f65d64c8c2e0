import type { ChannelContext } from "../../core/driver-port.ts";
import { chooseEndpoint, discover, policyOf } from "./endpoints.ts";
import type { LeftBehind } from "./left-behind.ts";
import type { SecurityPolicy } from "./node-opcua.ts";
import { factsOf } from "./pki/certificate.ts";
import { ownIdentity, ownIdentityBefore } from "./pki/own-certificate.ts";
import { trustedCertificate } from "./pki/server-certificate.ts";
import type { WireSecurity, WireSettings } from "./secure-layer.ts";
import type { OpcuaSettings } from "./settings.ts";
import { type OpenSession, takeUpSession } from "./taking-up.ts";
import { Wire } from "./wire.ts";

/**
 * A session with the server of the settings, at their security and nothing less: what it offers, whether its
 * certificate is trusted, the channel, the session (the one that was left, where the server still has it), the user. Leaves nothing open where it fails.
 * @throws PlanciaError device/connection-lost, device/untrusted, device/settings.
 */
export async function openSession(
  device: string,
  settings: OpcuaSettings,
  context: ChannelContext,
  signal: AbortSignal,
  left?: LeftBehind,
): Promise<OpenSession> {
  const { clock, timers } = context;
  const where = {
    endpoint: settings.endpoint,
    timeoutMs: settings.timeout,
    lifetimeMs: settings.channelLifetime,
    clock,
    timers,
  };
  const offered = await discover(where, signal);
  const chosen = chooseEndpoint(offered, settings);
  const wanted = await securityOf(device, settings, context, {
    der: chosen.serverCertificate ?? Buffer.alloc(0),
    applicationUri: chosen.server.applicationUri ?? "",
    policy: policyOf(chosen),
  });
  const { wire, security } = await openWire(where, wanted, context, signal);
  const giveUp = () => wire.kill("no session in time");
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    if (signal.aborted) giveUp();
    return await takeUpSession(left, wire, security, settings);
  } catch (error) {
    wire.kill("no session");
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

type Where = Omit<WireSettings, "security">;

/**
 * A renewed own certificate is new to a server until somebody there trusts it: until its end the one of before is
 * offered where this one is refused. Refusals come in many forms, and discovery has just been answered.
 */
async function openWire(
  where: Where,
  security: WireSecurity,
  { folder, clock, log }: ChannelContext,
  signal: AbortSignal,
): Promise<{ readonly wire: Wire; readonly security: WireSecurity }> {
  try {
    return { wire: await Wire.open({ ...where, security }, signal), security };
  } catch (error) {
    const own = security.mode === "None" ? undefined : await ownIdentityBefore(folder);
    const isGood = own && factsOf(own.certificate).notAfter > clock.wallMs();
    if (security.mode === "None" || !isGood || signal.aborted) throw error;
    const before: WireSecurity = { ...security, own };
    const wire = await Wire.open({ ...where, security: before }, signal).catch(() => undefined);
    if (!wire) throw error;
    const { endpoint } = where;
    log.warn(
      { endpoint },
      "the server refuses the renewed own certificate and still takes the one of before: let it trust the new one",
    );
    return { wire, security: before };
  }
}

async function securityOf(
  device: string,
  { endpoint, security }: OpcuaSettings,
  { folder, clock }: ChannelContext,
  server: { readonly der: Buffer; readonly applicationUri: string; readonly policy: SecurityPolicy },
): Promise<WireSecurity> {
  if (security.mode === "None") return { mode: "None" };
  const own = await ownIdentity(folder);
  const { checkHost, revocation } = security;
  const { policy, ...shown } = server;
  const now = clock.wallMs();
  const certificate = await trustedCertificate(folder, { ...shown, endpoint, device, checkHost, revocation, now });
  return { mode: security.mode, policy, own, serverCertificate: certificate.raw };
}
