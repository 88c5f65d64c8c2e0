/** 128 random bits: a command's key. Not randomUUID, which plain-HTTP pages do not have. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
