import type { X509Certificate } from "node:crypto";
import { PlanciaError } from "../../../core/errors.ts";
import { knownAuthorities } from "./authorities.ts";
import { day, factsOf, fingerprintOf, isMadeFor } from "./certificate.ts";
import { type ChainJudgement, type ChainRule, chainOf, judgeChain, revokedBy } from "./chain.ts";
import { lastTrustedAt, placeOf, quarantine, rememberIssued, rememberTrusted } from "./trust-list.ts";

export interface PresentedCertificate {
  /** As it came in the endpoint description: alone, or with its issuers behind it. */
  readonly der: Uint8Array;
  readonly endpoint: string;
  readonly device: string;
  /** What the server says that its URI is; the certificate must agree (Part 4 §6.1.3). */
  readonly applicationUri: string;
  readonly checkHost: boolean;
  readonly revocation: ChainRule["revocation"];
  readonly now: number;
}

/**
 * The server's certificate, if a person trusts it, or an authority that a person trusts stands behind it, and
 * nothing else speaks against it (Part 4 §6.1.3). An unknown one goes to quarantine; none is ever accepted by itself.
 * @throws PlanciaError device/untrusted with every reason and what to do.
 */
export async function trustedCertificate(folder: string, presented: PresentedCertificate): Promise<X509Certificate> {
  const { endpoint, device } = presented;
  const { chain, rest } = readPresented(presented);
  const [certificate] = chain;
  const fingerprint = fingerprintOf(certificate);
  const faults = faultsOf(certificate, presented);
  const [place, before] = [await placeOf(folder, fingerprint), await lastTrustedAt(folder, endpoint)];
  if (place === "trusted") return pinned(folder, certificate, presented, faults);
  const exchanged = before !== undefined && before !== fingerprint ? ` (until now it had ${before})` : "";
  if (place === "rejected") throw untrusted(`the certificate ${fingerprint} of ${device} was rejected${exchanged}`);
  if (place === "authorities" || place === "issuers")
    throw untrusted(`${device} presents the certificate of an authority, ${fingerprint}: that is no device`);
  const judged = await judgedByAuthority(folder, chain, presented);
  if (judged.kind === "good" && faults.length === 0) return issued(folder, chain, presented, judged.authority);
  if (judged.kind === "refused") faults.unshift(judged.why, ...(rest ? [rest] : []));
  const what = exchanged === "" ? "unknown" : "not the one it had until now";
  const reason = [exchanged === "" ? "unknown" : `exchanged for ${before}`, ...faults].join("; ");
  await quarantine(folder, certificate.toString(), { device, endpoint, reason, at: presented.now });
  if (judged.kind === "good")
    throw untrusted(`the certificate of ${device} is issued by ${judged.authority}, but ${faults.join(" and ")}`);
  const also = faults.length > 0 ? `; besides, ${faults.join(" and ")}` : "";
  throw untrusted(
    `the certificate of ${device} is ${what}${exchanged}: ${fingerprint}. Compare it with the one shown by the device, then: plancia trust ${device}${also}`,
  );
}

/** A person compared it: its issuer is not asked, unless it took it back. */
async function pinned(
  folder: string,
  certificate: X509Certificate,
  { device, endpoint }: PresentedCertificate,
  faults: readonly string[],
): Promise<X509Certificate> {
  const fingerprint = fingerprintOf(certificate);
  const known = await knownAuthorities(folder);
  const revoked = (await revokedBy(certificate, known)) ?? known.damaged;
  const all = revoked ? [revoked, ...faults] : faults;
  if (all.length > 0) throw untrusted(`the certificate of ${device} is trusted, but ${all.join(" and ")}`);
  await rememberTrusted(folder, endpoint, fingerprint, device);
  // Rejected until here it is refused; from here on the device is noted, so that a rejection closes what stands on it.
  if ((await placeOf(folder, fingerprint)) !== "trusted")
    throw untrusted(`the certificate ${fingerprint} of ${device} is trusted no more`);
  return certificate;
}

async function issued(
  folder: string,
  chain: readonly [X509Certificate, ...X509Certificate[]],
  presented: PresentedCertificate,
  authority: string,
): Promise<X509Certificate> {
  const { endpoint, device, now } = presented;
  await rememberIssued(folder, chain, { endpoint, device, authority, at: now });
  // As with a trusted one: noted first, asked for the last time after it.
  const place = await placeOf(folder, fingerprintOf(chain[0]));
  const again = place === "rejected" ? undefined : await judgedByAuthority(folder, chain, presented);
  if (again?.kind !== "good") throw untrusted(`the certificate of ${device} is trusted no more`);
  return chain[0];
}

/**
 * An authority says whose certificate it is, a person which device is meant: without the host nothing binds the two,
 * and every other device of the authority could pass for this one.
 */
async function judgedByAuthority(
  folder: string,
  chain: readonly X509Certificate[],
  { now, revocation, checkHost }: PresentedCertificate,
): Promise<ChainJudgement> {
  const judged = await judgeChain(chain, await knownAuthorities(folder), { now, revocation });
  if (judged.kind !== "good" || checkHost) return judged;
  const why = "with checkHost: false an authority cannot say that it is this device, so it has to be trusted itself";
  return { kind: "refused", why };
}

function readPresented({ der, device }: PresentedCertificate): ReturnType<typeof chainOf> {
  try {
    return chainOf(der);
  } catch (error) {
    throw new PlanciaError("device/untrusted", `${device} presents something that is no certificate`, { cause: error });
  }
}

function faultsOf(certificate: X509Certificate, presented: PresentedCertificate): string[] {
  const { notBefore, notAfter, applicationUri, hosts } = factsOf(certificate);
  const host = new URL(presented.endpoint).hostname;
  const faults: string[] = [];
  if (presented.now > notAfter) faults.push(`it expired on ${day(notAfter)}`);
  if (presented.now < notBefore) faults.push(`it is valid only from ${day(notBefore)}`);
  if (applicationUri !== presented.applicationUri) {
    faults.push(
      `it is made for ${applicationUri ?? "no application"}, the server calls itself ${presented.applicationUri}`,
    );
  }
  if (presented.checkHost && !isMadeFor(certificate, host)) {
    faults.push(
      `it is made for ${hosts.join(", ") || "no host"}, not for ${host} (security: { checkHost: false } allows it)`,
    );
  }
  return faults;
}

function untrusted(words: string): PlanciaError {
  return new PlanciaError("device/untrusted", words);
}
