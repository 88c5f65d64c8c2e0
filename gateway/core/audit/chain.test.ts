import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical.ts";
import { type ChainLink, ChainWalk, commitmentOf, coverDigest, firstHash, linkHash, type Sha256 } from "./chain.ts";

const sha256: Sha256 = (content) => createHash("sha256").update(content).digest("hex");

function chainOf(bodies: readonly string[]): ChainLink[] {
  let hash = firstHash;
  return bodies.map((body, index) => {
    const digest = sha256(body);
    hash = linkHash(sha256, hash, digest);
    const kept = { at: undefined, action: undefined, salt: undefined, commitment: undefined };
    return { n: index + 1, version: 1, class: "system", ...kept, body, digest, hash };
  });
}

/** The same after version 2: entries are `{action, at, class}` and a word. */
function coveredChain(words: readonly string[]): ChainLink[] {
  let hash = firstHash;
  return words.map((who, index) => {
    const cover = { at: 1_000 + index, class: "sign-in", action: "sign-in.ok" };
    const body = canonicalJson({ ...cover, who });
    const salt = sha256(who).slice(0, 32);
    const commitment = commitmentOf(sha256, salt, body);
    const digest = coverDigest(sha256, cover, commitment);
    hash = linkHash(sha256, hash, digest);
    return { n: index + 1, version: 2, ...cover, body, salt, commitment, digest, hash };
  });
}

const bodies = ["a", "b", "c"].map((who) => canonicalJson({ class: "system", who }));

describe("canonical JSON", () => {
  it.each([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: undefined, b: null }, '{"b":null}'],
    [[undefined, 1], "[null,1]"],
    [
      { n: 2n ** 64n, x: Number.NaN, y: Number.NEGATIVE_INFINITY },
      '{"n":"18446744073709551616","x":"NaN","y":"-Infinity"}',
    ],
    [new Uint8Array([1, 255]), "[1,255]"],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [new Map([["__proto__", 1]]), '{"__proto__":1}'],
    ["\ud800", '"\ufffd"'],
    [{ é: 1, z: 2, "\u{1f916}": 3 }, '{"z":2,"é":1,"\u{1f916}":3}'],
  ] as readonly (readonly [unknown, string])[])("writes case %# as it should", (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it("cuts what is nested beyond all measure", () => {
    let nested: unknown = 1;
    for (let i = 0; i < 10_000; i++) nested = [nested];
    expect(canonicalJson(nested)).toContain("too deep");
  });
});

describe("the audit chain", () => {
  it("holds from the first entry to the head", () => {
    const walk = new ChainWalk(sha256);
    for (const link of chainOf(bodies)) expect(walk.take(link)).toBeUndefined();
    expect(walk.end(walk.head)).toBeUndefined();
  });

  it.each([0, 1, 2])("breaks where entry %d is left out, at the end at the latest", (gone) => {
    const walk = new ChainWalk(sha256);
    const links = chainOf(bodies);
    const head = { count: 3, hash: links.at(-1)?.hash ?? "" };
    const found =
      links
        .filter((_, index) => index !== gone)
        .map((link) => walk.take(link))
        .find(Boolean) ?? walk.end(head);
    expect(found?.brokenAt).toBe(gone + 1);
  });

  const erased = { body: undefined, salt: undefined };
  const changes: readonly (readonly [string, Partial<ChainLink>, string | undefined])[] = [
    ["nothing", {}, undefined],
    ["its body erased with its salt", erased, undefined],
    ["its body erased and the salt left", { body: undefined }, "do not belong together"],
    ["a word", { body: '{"action":"sign-in.ok","at":1001,"class":"sign-in","who":"x"}' }, "content was changed"],
    ["the salt", { salt: "0".repeat(32) }, "content was changed"],
    ["the commitment of an erased body", { ...erased, commitment: "0".repeat(64) }, "time, class or kind"],
    ["the time of an erased body", { ...erased, at: 7 }, "time, class or kind"],
    ["the kind of an erased body", { ...erased, action: "sign-in.failed" }, "time, class or kind"],
    ["the class of an erased body", { ...erased, class: "system" }, "time, class or kind"],
    ["what is never erased", { ...erased, at: undefined }, "never erased is missing"],
    ["its version", { version: 1 }, "content was changed"],
    ["a version of tomorrow", { version: 3 }, "not known here"],
  ];
  it.each(changes)("of version 2 with %s changed", (_what, change, why) => {
    const walk = new ChainWalk(sha256);
    const links = coveredChain(["ada", "bea", "carl"]).map((link) => (link.n === 2 ? { ...link, ...change } : link));
    const found = links.map((link) => walk.take(link)).find(Boolean);
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject({ brokenAt: 2, why: expect.stringContaining(why) });
  });

  it("does not tell from what is left which address was erased", () => {
    const [one, other] = ["192.0.2.1", "192.0.2.1"].map((word, index) => {
      const body = canonicalJson({ word });
      return commitmentOf(sha256, String(index).repeat(32), body);
    });
    expect(one).not.toBe(other);
  });
});
