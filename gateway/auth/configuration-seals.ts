import { createHash } from "node:crypto";
import type { OpenedSecret, OpenSecret } from "../core/access/credentials-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { InstallationKey } from "./installation-key.ts";
import { createSeals } from "./seals.ts";

const bound = "configuration secret";
/** What fits into a seal, UTF-8. */
const longestBytes = 2900;
const shape = /^(s1\.[A-Za-z0-9_-]{38,4000})\.([0-9a-f]{8})$/;

/**
 * A secret as a configuration may hold it: `s1.` sealed text `.` eight digits that tell a cut or
 * mistyped text from one of another key. @throws PlanciaError request/invalid.
 */
export function sealForConfiguration(key: InstallationKey, secret: string): string {
  if (secret === "") throw new PlanciaError("request/invalid", "the secret is empty; nothing was sealed");
  const bytes = Buffer.byteLength(secret);
  if (bytes > longestBytes)
    throw new PlanciaError("request/invalid", `the secret has ${bytes} bytes; at most ${longestBytes} are sealed`);
  const sealed = createSeals(key).seal(secret, bound);
  return `${sealed}.${checkDigits(sealed)}`;
}

/** @param keyOf asked at the first secret, and only then; undefined: there is none. */
export function configurationSecrets(keyOf: () => InstallationKey | undefined): OpenSecret {
  let key: InstallationKey | undefined;
  return (text) => {
    const [, sealed = "", digits] = shape.exec(text) ?? [];
    if (digits !== checkDigits(sealed)) return { ok: false, why: "damaged" };
    key ??= keyOf();
    if (key === undefined) return { ok: false, why: "no key" };
    const secret = createSeals(key).open(sealed, bound);
    return secret === undefined ? ({ ok: false, why: "other key" } satisfies OpenedSecret) : { ok: true, secret };
  };
}

function checkDigits(sealed: string): string {
  return createHash("sha256").update(sealed).digest("hex").slice(0, 8);
}
