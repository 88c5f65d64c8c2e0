import type { CertificateDesk, OwnCertificateEntry } from "../../../core/driver-port.ts";
import { judgedCertificates, knownAuthorities } from "./authorities.ts";
import { factsOf, fingerprintOf } from "./certificate.ts";
import { goBackToOwn, isKept, ownEnds, ownIdentity, ownIdentityBefore, renewOwn } from "./own-certificate.ts";
import { listEntry, readRevocationList, revocationLists, storeRevocationList } from "./revocation-list.ts";
import { add, factsOfPem, findCertificate, reject, trust } from "./trust-list.ts";

const placeOfRole = { device: "trusted", authority: "authorities", issuer: "issuers" } as const;

/** What the command line and the API may do with the trust list. */
export const certificateDesk: CertificateDesk = {
  list: judgedCertificates,
  trust,
  reject,
  find: findCertificate,
  read: factsOfPem,
  add: (folder, pem, role) => add(folder, pem, placeOfRole[role]),
  readRevocations: (content) => listEntry(readRevocationList(content)),
  async addRevocations(folder, content, now) {
    const { authorities, issuers, rejected } = await knownAuthorities(folder);
    return storeRevocationList(folder, readRevocationList(content), [...authorities, ...issuers, ...rejected], now);
  },
  async revocations(folder) {
    return (await revocationLists(folder)).lists.map(listEntry);
  },
  own,
  ownEnds,
  async renewOwn(folder, now) {
    await renewOwn(folder, now);
    return own(folder);
  },
  async goBackToOwn(folder, now) {
    await goBackToOwn(folder, now);
    return own(folder);
  },
};

async function own(folder: string): Promise<OwnCertificateEntry> {
  const { certificate, file, applicationUri } = await ownIdentity(folder);
  const before = (await ownIdentityBefore(folder))?.certificate;
  const { fingerprint, subject, notBefore, notAfter } = factsOf(certificate);
  return {
    ...{ pem: certificate.toString(), fingerprint, subject, applicationUri, file, notBefore, notAfter },
    before: before && {
      pem: before.toString(),
      fingerprint: fingerprintOf(before),
      notAfter: factsOf(before).notAfter,
    },
    kept: await isKept(folder),
  };
}
