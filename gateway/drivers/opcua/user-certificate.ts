import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import { PlanciaError } from "../../core/errors.ts";
import { factsOf, readCertificate } from "./pki/certificate.ts";
import type { OpcuaSettings } from "./settings.ts";

type Given = Pick<OpcuaSettings, "user" | "userCertificate" | "userKey">;

/** @throws PlanciaError device/settings with what is wrong; never with a word of the key. */
export function readUserCertificate({ userCertificate = "", userKey = "" }: Given): {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
} {
  const certificate = parsed("userCertificate is no certificate in PEM form", () => readCertificate(userCertificate));
  if (/ENCRYPTED/.test(userKey)) throw wrong("userKey has a pass phrase: give it without one, sealed");
  const key = parsed("userKey is no private key in PEM form", () => createPrivateKey(userKey));
  if (key.asymmetricKeyType !== "rsa") {
    throw wrong(`userKey is of kind ${key.asymmetricKeyType}, the policies of today want RSA`);
  }
  if (!certificate.checkPrivateKey(key)) {
    throw wrong(`userKey does not belong to userCertificate (${factsOf(certificate).subject})`);
  }
  return { certificate, key };
}

/** Who signs in, for people: the user, or whom the certificate is made for, with its end where that is over. */
export function whoSignsIn(given: Given, now: number): string {
  if (given.userCertificate === undefined) return given.user ?? "a session without user";
  const { subject, notAfter } = factsOf(readUserCertificate(given).certificate);
  const ended = now > notAfter ? `, which expired on ${new Date(notAfter).toISOString().slice(0, 10)}` : "";
  return `the user certificate of ${subject}${ended}`;
}

function parsed<T>(words: string, read: () => T): T {
  try {
    return read();
  } catch {
    // Its cause may quote what was given.
    throw wrong(words);
  }
}

function wrong(words: string): PlanciaError {
  return new PlanciaError("device/settings", words);
}
