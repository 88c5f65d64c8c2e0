import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../core/log.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { type RecordsBench, recordsBench } from "../stores/records/testing/bench.ts";
import { newTokenKey, TokenKeyRing, tokenKeyHoldsMs, tokenKeyLookMs } from "./token-keys.ts";
import { accessTokenLifetimeS, createAccessTokens } from "./tokens.ts";

const lifetimeMs = accessTokenLifetimeS * 1000;
const installation = new Uint8Array(32).fill(3);

let bench: RecordsBench;
let time: ManualTime;
let ring: TokenKeyRing;
beforeEach(async () => {
  bench = await recordsBench();
  time = new ManualTime();
  ring = await started();
});
afterEach(async () => {
  ring.stop();
  await bench[Symbol.asyncDispose]();
});

async function started(key = installation): Promise<TokenKeyRing> {
  const store = bench.records.installation;
  const made = new TokenKeyRing({ store, installation: key, lifetimeMs, clock: time, timers: time, log: silentLog });
  await made.start();
  return made;
}

const tokens = (keys = ring) => createAccessTokens({ keys, issuer: "gateway-1", clock: time });

/** Moves time on; the store's answers are waited for after each look. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= tokenKeyLookMs) {
    await time.advance(Math.min(left, tokenKeyLookMs));
    for (let i = 0; i < 4; i++) await bench.records.installation.tokenKeys();
  }
}

describe("the keys of access tokens", () => {
  it("stay over a restart, and are of this installation alone", async () => {
    const token = await tokens().issue("u", "s");
    expect(await tokens(await started()).verify(token)).toMatchObject({ userId: "u" });
    expect(await tokens(await started(new Uint8Array(32).fill(4))).verify(token)).toBeUndefined();
  });

  it("are another one by verb within ten seconds; the one before verifies what it signed until that has ended", async () => {
    const [before, token] = [ring.newest.kid, await tokens().issue("u", "s")];
    await bench.records.installation.addTokenKey(newTokenKey(time.wallMs()));
    await pass(tokenKeyLookMs);
    expect(ring.newest.kid).not.toBe(before);
    expect(await tokens().verify(token)).toMatchObject({ userId: "u" });
    expect(await tokens().verify(await tokens().issue("v", "s"))).toMatchObject({ userId: "v" });
    await pass(lifetimeMs - 2 * tokenKeyLookMs);
    expect(await tokens().verify(token)).toBeDefined();
    await pass(tokenKeyLookMs);
    expect(await tokens().verify(token)).toBeUndefined();
    await pass(3 * tokenKeyLookMs);
    expect(ring.find(before)).toBeUndefined();
  });

  it("sign no more once another one does: a token that an old key signed later is refused", async () => {
    const old = { newest: ring.newest, find: () => ring.newest };
    await bench.records.installation.addTokenKey(newTokenKey(time.wallMs()));
    await pass(3 * tokenKeyLookMs);
    expect(
      await tokens().verify(await createAccessTokens({ keys: old, issuer: "gateway-1", clock: time }).issue("u", "s")),
    ).toBeDefined();
    await pass(tokenKeyLookMs);
    const late = await createAccessTokens({ keys: old, issuer: "gateway-1", clock: time }).issue("u", "s");
    expect(ring.find(old.newest.kid)).toBeDefined();
    expect(await tokens().verify(late)).toBeUndefined();
  });

  it("are another one each day, and those of before are not kept", async () => {
    const store = bench.records.installation;
    const first = ring.newest.kid;
    await time.advance(tokenKeyHoldsMs);
    for (let i = 0; i < 8; i++) await store.tokenKeys();
    expect([ring.newest.kid === first, (await store.tokenKeys()).length]).toEqual([false, 2]);
    await time.advance(3 * lifetimeMs);
    for (let i = 0; i < 8; i++) await store.tokenKeys();
    expect([ring.find(first), (await store.tokenKeys()).length]).toEqual([undefined, 1]);
  });

  it.each([undefined, "", "x", 7, {}])("know nobody called %j", (kid) => {
    expect(ring.find(kid)).toBeUndefined();
  });
});
