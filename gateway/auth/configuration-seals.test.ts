import { describe, expect, it } from "vitest";
import { PlanciaError } from "../core/errors.ts";
import { configurationSecrets, sealForConfiguration } from "./configuration-seals.ts";
import { createSeals } from "./seals.ts";

const key = new Uint8Array(32).fill(7);
const open = configurationSecrets(() => key);

describe("a secret sealed for the configuration", () => {
  it.each(["a", " with spaces ", "} {x} \\", "pässwörd 密", "x".repeat(2900)])("comes back as it was: %j", (secret) => {
    const sealed = sealForConfiguration(key, secret);
    expect(sealed).toMatch(/^s1\.[A-Za-z0-9_-]+\.[0-9a-f]{8}$/);
    expect(open(sealed)).toEqual({ ok: true, secret });
    expect(sealForConfiguration(key, secret), "a nonce of its own").not.toBe(sealed);
  });

  it.each(["", "x".repeat(2901), "密".repeat(1000)])("is not made of nothing, nor of too much", (secret) => {
    const refused = () => sealForConfiguration(key, secret);
    expect(refused).toThrow(expect.objectContaining({ code: "request/invalid" }));
    if (secret !== "") expect(refused).not.toThrow(secret.slice(0, 10));
  });

  it("tells a cut or changed text, another key and no key apart", () => {
    const sealed = sealForConfiguration(key, "canary");
    for (let length = 0; length < sealed.length; length++)
      expect(open(sealed.slice(0, length))).toEqual({ ok: false, why: "damaged" });
    expect(open(sealed.replace(/\.(.)/, (_, first) => `.${first === "A" ? "B" : "A"}`))).toEqual({
      ok: false,
      why: "damaged",
    });
    expect(open(`${sealed} `)).toEqual({ ok: false, why: "damaged" });
    const other = configurationSecrets(() => new Uint8Array(32).fill(8));
    expect(other(sealed)).toEqual({ ok: false, why: "other key" });
    expect(configurationSecrets(() => undefined)(sealed)).toEqual({ ok: false, why: "no key" });
  });

  it("is worth nothing where another seal of the same key is expected", () => {
    const [, sealed] = /^(.*)\.[0-9a-f]{8}$/.exec(sealForConfiguration(key, "canary")) ?? [];
    expect(createSeals(key).open(sealed ?? "", "configuration secret")).toBe("canary");
    expect(createSeals(key).open(sealed ?? "", "olga")).toBeUndefined();
  });

  it("asks for the key once, at the first secret that is whole", () => {
    let asked = 0;
    const opening = configurationSecrets(() => {
      asked += 1;
      return key;
    });
    opening("s1.cut");
    expect(asked).toBe(0);
    for (const secret of ["one", "two"]) opening(sealForConfiguration(key, secret));
    expect(asked).toBe(1);
    const unsafe = configurationSecrets(() => {
      throw new PlanciaError("start/unsafe", "the key can be read by others");
    });
    expect(() => unsafe(sealForConfiguration(key, "canary"))).toThrow(/read by others/);
  });
});
