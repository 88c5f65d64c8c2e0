import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { Seals } from "../core/access/credentials-port.ts";
import type { InstallationKey } from "./installation-key.ts";

const nonceBytes = 12;
const tagBytes = 16;
const shape = /^s1\.([A-Za-z0-9_-]{38,4000})$/;

/** AES-256-GCM under a key of its own, derived from that of the installation; `bound` is authenticated with it. */
export function createSeals(installation: InstallationKey): Seals {
  const key = Buffer.from(hkdfSync("sha256", installation, "", "plancia seal 1", 32));
  return {
    seal(text, bound) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(bound));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return `s1.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url")}`;
    },
    open(sealed, bound) {
      const bytes = Buffer.from(shape.exec(sealed)?.[1] ?? "", "base64url");
      if (bytes.length <= nonceBytes + tagBytes) return undefined;
      const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        return cipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, "utf8") + cipher.final("utf8");
      } catch {
        // GCM says no more than that it was not sealed so.
        return undefined;
      }
    },
  };
}
