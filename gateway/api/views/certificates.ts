import type { DeviceCertificate, DeviceRevocations, OwnCertificate } from "../../services/certificates.ts";
import type { CertificateView, OwnCertificateView, RevocationListView } from "../wire/certificates.ts";
import { instant, instantIf } from "./times.ts";

export function certificateView(certificate: DeviceCertificate): CertificateView {
  const { hosts, devices, notBefore, notAfter, lastSeen, ...same } = certificate;
  return {
    ...same,
    hosts: [...hosts],
    devices: [...devices],
    notBefore: instant(notBefore),
    notAfter: instant(notAfter),
    lastSeen: instantIf(lastSeen),
  };
}

export function revocationListView({ thisUpdate, nextUpdate, ...same }: DeviceRevocations): RevocationListView {
  return { ...same, thisUpdate: instant(thisUpdate), nextUpdate: instant(nextUpdate) };
}

export function ownCertificateView(own: OwnCertificate): OwnCertificateView {
  const { driver, fingerprint, pem, subject, applicationUri, notBefore, notAfter, renewsAt, before, kept } = own;
  return {
    ...{ driver, fingerprint, pem, subject, applicationUri, kept },
    notBefore: instant(notBefore),
    notAfter: instant(notAfter),
    renewsAt: instant(renewsAt),
    before: before && { fingerprint: before.fingerprint, notAfter: instant(before.notAfter) },
  };
}
