import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  sign,
} from "node:crypto";
import { describe, expect, it } from "vitest";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { type TokenKeys, tokenKeyOf } from "./token-keys.ts";
import { createAccessTokens } from "./tokens.ts";

const key = new Uint8Array(randomBytes(32));
const time = new ManualTime();
const salt = "salt of the day";
const tokens = createAccessTokens({ keys: oneKey(key), issuer: "gateway-1", clock: time });

function oneKey(installation: Uint8Array): TokenKeys {
  const newest = { ...tokenKeyOf(installation, salt), signedUntilMs: undefined };
  return { newest, find: (id) => (id === newest.kid ? newest : undefined) };
}

const nowS = Math.floor(time.wallMs() / 1000);

/** The gateway's own signing key, worked out here a second time: what could go wrong even with it must go wrong. */
const seed = Buffer.from(hkdfSync("sha256", key, salt, "plancia access token 2", 32));
const own = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
  format: "der",
  type: "pkcs8",
});
const kid = headerOf(await tokens.issue("u", "s")).kid;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
function headerOf(token: string) {
  return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as Record<string, unknown>;
}

interface Forgery {
  readonly header?: object;
  readonly payload?: object;
  readonly signWith?: (input: string) => Buffer;
}

const byOwnKey = (input: string) => sign(null, Buffer.from(input), own);

function forge({ header = {}, payload = {}, signWith = byOwnKey }: Forgery): string {
  const input = `${encode({ alg: "EdDSA", kid, typ: "at+jwt", ...header })}.${encode({
    sub: "u",
    sid: "s",
    iss: "gateway-1",
    aud: "plancia-api",
    iat: nowS,
    exp: nowS + 300,
    ...payload,
  })}`;
  return `${input}.${signWith(input).toString("base64url")}`;
}

const stranger = generateKeyPairSync("ed25519");
const strangerJwk = stranger.publicKey.export({ format: "jwk" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicDer = createPublicKey(own).export({ format: "der", type: "spki" });
const publicPem = createPublicKey(own).export({ format: "pem", type: "spki" });
const byStranger = (input: string) => sign(null, Buffer.from(input), stranger.privateKey);
const nothing = () => Buffer.alloc(0);

describe("access tokens (S5)", () => {
  it("tell who they were issued to, for five minutes to the millisecond", async () => {
    const clock = new ManualTime(Date.UTC(2026, 0, 1));
    const short = createAccessTokens({ keys: oneKey(key), issuer: "gateway-1", clock });
    const token = await short.issue("user", "sign-in");
    expect(await short.verify(token)).toEqual({
      userId: "user",
      signInId: "sign-in",
      issuedAtMs: Date.UTC(2026, 0, 1),
      expiresAtMs: Date.UTC(2026, 0, 1, 0, 5),
    });
    await clock.advance(299_999);
    expect(await short.verify(token)).toBeDefined();
    await clock.advance(1);
    expect(await short.verify(token)).toBeUndefined();
  });

  it("take the forger's own control case, so that the refusals below mean something", async () => {
    expect(await tokens.verify(forge({}))).toMatchObject({ userId: "u", signInId: "s" });
  });

  const forgeries: readonly (readonly [string, Forgery])[] = [
    ["alg none", { header: { alg: "none" }, signWith: nothing }],
    ["alg None with a signature", { header: { alg: "None" } }],
    [
      "HS256 over the public key in DER",
      { header: { alg: "HS256" }, signWith: (input) => createHmac("sha256", publicDer).update(input).digest() },
    ],
    [
      "HS256 over the public key in PEM",
      { header: { alg: "HS256" }, signWith: (input) => createHmac("sha256", publicPem).update(input).digest() },
    ],
    [
      "RS256 by a stranger",
      { header: { alg: "RS256" }, signWith: (input) => sign("sha256", Buffer.from(input), rsa.privateKey) },
    ],
    ["Ed25519, the other name of the algorithm", { header: { alg: "Ed25519" } }],
    ["a stranger's key", { signWith: byStranger }],
    ["a stranger's key with jwk", { header: { jwk: strangerJwk }, signWith: byStranger }],
    ["our key with jwk beside it", { header: { jwk: strangerJwk } }],
    ["jku", { header: { jku: "https://attacker.example/keys" } }],
    ["x5u", { header: { x5u: "https://attacker.example/cert" } }],
    ["x5c", { header: { x5c: ["AAAA"] } }],
    ["crit", { header: { crit: ["exp"], exp: 1 } }],
    ["b64 false", { header: { b64: false, crit: ["b64"] } }],
    ["another kid", { header: { kid: "other" } }],
    ["a kid that is a path", { header: { kid: "../../dev/null" } }],
    ["no kid", { header: { kid: undefined } }],
    ["a kid that is a list", { header: { kid: [kid] } }],
    ["another type", { header: { typ: "JWT" } }],
    ["no type", { header: { typ: undefined } }],
    ["another issuer", { payload: { iss: "gateway-2" } }],
    ["no issuer", { payload: { iss: undefined } }],
    ["another audience", { payload: { aud: "plancia-mqtt" } }],
    ["no audience", { payload: { aud: undefined } }],
    ["the end a second ago", { payload: { iat: nowS - 301, exp: nowS - 1 } }],
    ["the end now", { payload: { iat: nowS - 300, exp: nowS } }],
    ["no end", { payload: { exp: undefined } }],
    ["an end that is text", { payload: { exp: "never" } }],
    ["a far end with an old beginning", { payload: { iat: nowS - 301, exp: nowS + 9_999 } }],
    ["a beginning in the future", { payload: { iat: nowS + 1, exp: nowS + 301 } }],
    ["not valid yet", { payload: { nbf: nowS + 1 } }],
    ["no beginning", { payload: { iat: undefined } }],
    ["no subject", { payload: { sub: undefined } }],
    ["no sign-in", { payload: { sid: undefined } }],
    ["a sign-in that is an object", { payload: { sid: { toString: "s" } } }],
  ];
  it.each(forgeries)("are refused with %s", async (_what, forgery) => {
    expect(await tokens.verify(forge(forgery))).toBeUndefined();
  });

  it.each([
    "",
    ".",
    "..",
    "a.b.c",
    "é.é.é",
    "x".repeat(100_000),
    `${forge({})}.`,
    `${forge({})}A`,
    forge({}).replace(/.$/, "!"),
    ` ${forge({})}`,
  ])("are refused when they are no token at all (case %#)", async (token) => {
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it("of another installation are refused", async () => {
    const other = createAccessTokens({
      keys: oneKey(new Uint8Array(randomBytes(32))),
      issuer: "gateway-1",
      clock: time,
    });
    expect(await tokens.verify(await other.issue("u", "s"))).toBeUndefined();
  });

  it("are refused with any one character of the signed part changed", async () => {
    const token = forge({});
    for (let at = 0; at < token.lastIndexOf("."); at += 7) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      expect(await tokens.verify(changed)).toBeUndefined();
    }
  });
});
