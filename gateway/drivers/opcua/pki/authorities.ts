import type { X509Certificate } from "node:crypto";
import type { CertificateEntry } from "../../../core/driver-port.ts";
import { readCertificate } from "./certificate.ts";
import { judgeChain, type KnownAuthorities, revokedBy } from "./chain.ts";
import { isAuthority, type Link, linkOf } from "./chain-certificate.ts";
import { fingerprintsIn, type Place, readPem } from "./files.ts";
import { revocationLists } from "./revocation-list.ts";
import { listCertificates, type PlacedEntry } from "./trust-list.ts";

/** Read anew each time: whoever decides on the command line decides for a running gateway too. */
export async function knownAuthorities(folder: string): Promise<KnownAuthorities> {
  const rejected = await linksIn(folder, "rejected");
  const refused = new Set(rejected.map(({ fingerprint }) => fingerprint));
  const of = async (place: Place) =>
    (await linksIn(folder, place)).filter((link) => !refused.has(link.fingerprint) && isAuthority(link));
  const [authorities, issuers] = [await of("authorities"), await of("issuers")];
  return { authorities, issuers, rejected, ...(await revocationLists(folder)) };
}

/** What lies there under its own fingerprint; other files are passed over. */
async function linksIn(folder: string, place: Place): Promise<readonly Link[]> {
  const links: Link[] = [];
  for (const fingerprint of await fingerprintsIn(folder, place)) {
    const pem = await readPem(folder, place, fingerprint);
    try {
      if (pem !== undefined) links.push(linkOf(readCertificate(pem)));
    } catch {
      // No certificate: it vouches for nobody.
    }
  }
  return links.filter(({ fingerprint }, at) => links.findIndex((each) => each.fingerprint === fingerprint) === at);
}

/** The trust list with what speaks against those that are trusted, or were: what was taken back, not what has aged. */
export async function judgedCertificates(folder: string): Promise<readonly CertificateEntry[]> {
  const known = await knownAuthorities(folder);
  const judged: CertificateEntry[] = [];
  for (const { place, ...entry } of await listCertificates(folder)) {
    judged.push({ ...entry, against: await against(folder, { ...entry, place }, known) });
  }
  return judged;
}

async function against(folder: string, entry: PlacedEntry, known: KnownAuthorities): Promise<string | undefined> {
  const { place, fingerprint } = entry;
  if (entry.state !== "trusted") return undefined;
  const chain = certificatesIn((await readPem(folder, place, fingerprint)) ?? "");
  const [first] = chain;
  if (!first) return "it was taken away";
  if (place !== "issued") return revokedBy(first, known);
  const judged = await judgeChain(chain, known, { now: 0, revocation: "ifKnown", standing: true });
  if (judged.kind === "good") return undefined;
  return judged.kind === "refused" ? judged.why : "no authority stands behind it";
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => readCertificate(block));
}
