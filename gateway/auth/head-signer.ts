import { createPrivateKey, createPublicKey, hkdfSync, sign, verify } from "node:crypto";
import type { CheckSignature, HeadSigner } from "../core/audit/signed-head.ts";
import { PlanciaError } from "../core/errors.ts";
import { pkcs8Ed25519, spkiEd25519 } from "./ed25519.ts";
import type { InstallationKey } from "./installation-key.ts";

/** With a key of its own, derived from that of the installation: as long as this is kept, so are the anchors' signatures. */
export function createHeadSigner(installation: InstallationKey): HeadSigner {
  const seed = Buffer.from(hkdfSync("sha256", installation, "", "plancia audit head 1", 32));
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Ed25519, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ format: "der", type: "spki" });
  return {
    key: der.subarray(spkiEd25519.length).toString("base64url"),
    pem: publicKey.export({ format: "pem", type: "spki" }).toString(),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString("base64url"),
  };
}

export const checkSignature: CheckSignature = (key, text, signature) => {
  try {
    const raw = Buffer.from(key, "base64url");
    if (raw.length !== 32) return false;
    const publicKey = createPublicKey({ key: Buffer.concat([spkiEd25519, raw]), format: "der", type: "spki" });
    return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64url"));
  } catch {
    // No key or no signature at all.
    return false;
  }
};

/** A public key as a person gives it: PEM, or the 43 letters of an anchor. @throws PlanciaError request/invalid. */
export function readPublicKey(text: string): string {
  const plain = text.trim();
  if (/^[A-Za-z0-9_-]{43}$/.test(plain)) return plain;
  try {
    const key = createPublicKey(plain);
    if (key.asymmetricKeyType === "ed25519")
      return key.export({ format: "der", type: "spki" }).subarray(spkiEd25519.length).toString("base64url");
  } catch {
    // Said below.
  }
  throw new PlanciaError("request/invalid", "that is no public Ed25519 key (PEM, or the 43 letters of an anchor)");
}
