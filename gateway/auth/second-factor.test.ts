import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recoveryCodeOf, typedCode } from "../core/access/second-factor.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { backOffRules, LoginBackOffTables } from "./backoff.ts";
import { createOneTimeCodes } from "./one-time-codes.ts";
import { createSeals } from "./seals.ts";

describe("codes by time", () => {
  const codes = createOneTimeCodes("Plancia Lab");
  // RFC 6238 appendix B, SHA-1: the last six of the eight figures.
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("are those of RFC 6238 at %i s", (atS, code) => {
    const step = Math.floor(atS / 30);
    expect(codes.stepOf(secret, code, atS * 1000)).toBe(step);
    expect(codes.stepOf(secret, code, (atS + 30) * 1000)).toBe(step);
    expect(codes.stepOf(secret, code, (atS - 30) * 1000)).toBe(step);
    expect(codes.stepOf(secret, code, (atS + 60) * 1000)).toBeUndefined();
    expect(codes.stepOf(secret, code, (atS - 60) * 1000)).toBeUndefined();
  });

  it.each(["", "28708", "2870822", "28708a", "__proto__", "٢٨٧٠٨٢", " 287082"])("are six figures, not %j", (code) => {
    expect(codes.stepOf(secret, code, 59_000)).toBeUndefined();
  });

  it("come from 160 random bits that an authenticator can read", () => {
    const made = codes.newSecret();
    expect(made).toMatch(/^[A-Z2-7]{32}$/);
    expect(codes.newSecret()).not.toBe(made);
    const uri = new URL(codes.uri(made, "Ada: è & co"));
    expect([uri.protocol, uri.host]).toEqual(["otpauth:", "totp"]);
    expect(uri.searchParams.get("secret")).toBe(made);
    expect(uri.searchParams.get("issuer")).toBe("Plancia Lab");
    expect(decodeURIComponent(uri.pathname)).toBe("/Plancia Lab:Ada  è & co");
  });
});

describe("recovery codes", () => {
  it("are read back however they are typed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const shown = recoveryCodeOf(bytes);
        const code = shown.replaceAll("-", "");
        for (const typed of [shown, shown.toLowerCase(), code, ` ${shown.replaceAll("-", " ")}`])
          expect(typedCode(typed)).toEqual({ kind: "recovery", code });
      }),
    );
  });

  it.each(["", "12345", "ABCD-EFGH", "IIII-IIII-IIII-IIII", "0000-0000-0000-0000", "x".repeat(40)])(
    "%j is none",
    (typed) => {
      expect(typedCode(typed)).toBeUndefined();
    },
  );
});

describe("seals", () => {
  const seals = createSeals(new Uint8Array(32).fill(7));

  it("open for what they were made, by the same installation", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), fc.string(), (text, bound) => {
        expect(seals.open(seals.seal(text, bound), bound)).toBe(text);
      }),
    );
    expect(seals.seal("a", "b")).not.toBe(seals.seal("a", "b"));
  });

  it("open for nobody else, for nothing else, and not with one bit turned", () => {
    const sealed = seals.seal("GEZDGNBVGY3TQOJQ", "olga");
    expect(sealed).not.toContain("GEZDGNBVGY3TQOJQ");
    expect(createSeals(new Uint8Array(32).fill(8)).open(sealed, "olga")).toBeUndefined();
    expect(seals.open(sealed, "ada")).toBeUndefined();
    const bytes = Buffer.from(sealed.slice(3), "base64url");
    for (let at = 0; at < bytes.length; at++) {
      const turned = Buffer.from(bytes);
      turned[at] = (turned[at] ?? 0) ^ 1;
      expect(seals.open(`s1.${turned.toString("base64url")}`, "olga")).toBeUndefined();
    }
    for (const rubbish of ["", "s1.", "s2.AAAA", "__proto__", sealed.slice(0, 30)])
      expect(seals.open(rubbish, "olga")).toBeUndefined();
  });
});

describe("guesses at a second factor", () => {
  it("are bounded for the account from wherever they come", () => {
    const backOff = new LoginBackOffTables(new ManualTime());
    for (let i = 0; i < backOffRules.code.free; i++) expect(backOff.attemptCode("olga")).toBeUndefined();
    expect(backOff.attemptCode("OLGA")).toBe(1);
    expect(backOff.attemptCode("ada")).toBeUndefined();
  });

  it("are not given back by a try that was taken back", () => {
    const time = new ManualTime();
    const backOff = new LoginBackOffTables(time);
    for (let i = 0; i < backOffRules.pair.free; i++) expect(backOff.attempt("olga", "192.0.2.1")).toBeUndefined();
    expect(backOff.attempt("olga", "192.0.2.1")).toBe(1);
    backOff.takeBack("olga", "192.0.2.1");
    expect(backOff.attempt("olga", "192.0.2.1")).toBe(1);
  });
});
