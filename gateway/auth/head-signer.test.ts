import { createPublicKey, randomBytes, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../core/audit/canonical.ts";
import { headFault, readHead, signedHead } from "../core/audit/signed-head.ts";
import { checkSignature, createHeadSigner, readPublicKey } from "./head-signer.ts";

const key = new Uint8Array(randomBytes(32));
const signer = createHeadSigner(key);
const settled = { count: 12, hash: "ab".repeat(32), gateway: "lab-1", atMs: 0, reason: "day" } as const;
const head = signedHead(signer, settled);

describe("a signed head", () => {
  it("is signed as documented: Ed25519 over the canonical JSON of all but the signature", () => {
    const { signature, ...signed } = head;
    const publicKey = createPublicKey(signer.pem);
    expect(verify(null, Buffer.from(canonicalJson(signed)), publicKey, Buffer.from(signature, "base64url"))).toBe(true);
    expect(headFault(checkSignature, signer.key, head)).toBeUndefined();
  });

  it("is the same key each time, and another of each installation", () => {
    expect(createHeadSigner(key).key).toBe(signer.key);
    expect(createHeadSigner(new Uint8Array(randomBytes(32))).key).not.toBe(signer.key);
  });

  it.each(["count", "hash", "gateway", "at", "reason"] as const)("is not believed with another %s", (field) => {
    const changed = { ...head, [field]: field === "count" ? 13 : "x" };
    expect(headFault(checkSignature, signer.key, changed as typeof head)).toBe("its signature does not fit");
  });

  it("of somebody else's key is not believed, whatever it says", () => {
    const other = signedHead(createHeadSigner(new Uint8Array(randomBytes(32))), settled);
    expect(headFault(checkSignature, signer.key, other)).toContain("signed by another key");
    expect(headFault(checkSignature, signer.key, { ...other, key: signer.key })).toBe("its signature does not fit");
  });

  it("is read from JSON, and nothing else is", () => {
    expect(readHead(JSON.stringify(head))).toEqual(head);
    for (const text of [
      "",
      "{",
      "[]",
      "null",
      "{}",
      JSON.stringify({ ...head, count: -1 }),
      JSON.stringify({ ...head, hash: "x" }),
    ])
      expect(readHead(text)).toBeUndefined();
  });
});

describe("a public key", () => {
  it("is given as PEM or by its letters", () => {
    expect(readPublicKey(signer.pem)).toBe(signer.key);
    expect(readPublicKey(` ${signer.key}\n`)).toBe(signer.key);
  });

  it.each(["", "x", "A".repeat(42), "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"])("is none: %j", (text) => {
    expect(() => readPublicKey(text)).toThrow(expect.objectContaining({ code: "request/invalid" }));
  });

  it.each(["", "A".repeat(43), "!"])("checks nothing where it is none: %j", (wrong) => {
    expect(checkSignature(wrong, "text", "signature")).toBe(false);
  });
});
