import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { policies } from "../../gateway/drivers/opcua/settings.ts";
import { makeCertificate, privateKeyOfAll } from "../../gateway/drivers/opcua/testing/certificates.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { driverFolder, openBench, point, subscribe, trustPeer } from "./opcua-channel.ts";
import { Peer } from "./opcua-peer.ts";

const wait = { timeout: 10_000, interval: 20 };
const day = 86_400_000;
const validNow = { notBefore: Date.now() - day, notAfter: Date.now() + day };
const userKey = privateKeyOfAll.export({ type: "pkcs8", format: "pem" }) as string;

describe("an OPC UA server with every policy of today", () => {
  let peer: Peer;
  let folder: Awaited<ReturnType<typeof driverFolder>>;
  let userCertificate = "";
  beforeAll(async () => {
    userCertificate = await makeCertificate({ uri: "urn:user", ...validNow });
    [peer, folder] = await Promise.all([
      Peer.start({ modes: ["SignAndEncrypt", "Sign"], anonymous: false, userCertificate }),
      driverFolder(),
    ]);
    await trustPeer(peer, folder.path);
  });
  afterAll(async () => {
    await peer[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const users = [
    ["user and password", () => ({ user: "plancia", password: "right" })],
    ["a user's certificate", () => ({ userCertificate, userKey })],
  ] as const;
  const rows = (["SignAndEncrypt", "Sign"] as const).flatMap((mode) =>
    ["best" as const, ...policies].flatMap((policy) => users.map(([who, user]) => ({ mode, policy, who, user }))),
  );

  it.each(rows)("brings values and takes writes over $mode with $policy, for $who", async ({ mode, policy, user }) => {
    const bench = await openBench(peer, folder.path, { security: { mode, policy }, ...user() });
    onTestFinished(() => bench[Symbol.asyncDispose]());
    await subscribe(bench, [point(1, "ns=1;s=Speed", "double")]);
    await expect.poll(() => bench.last(1)?.value, wait).toBe(100);
    const target = point(2, "ns=1;s=Target", "int32", true);
    const request = { device: "plc", point: target, value: 8, notAfterMs: systemClock.monotonicMs() + 60_000 };
    expect(await bench.channel.write?.({ ...request, lane: "normal" })).toMatchObject({ outcome: "written" });
    const used = policy === "best" ? "Aes256_Sha256_RsaPss" : policy;
    expect(bench.channel.statistics().detail).toMatchObject({ security: `${mode} ${used}` });
    expect(bench.lost).toEqual([]);
  });

  it("says whom the server refuses: a certificate that it does not know, also one that has expired", async () => {
    for (const [more, words] of [
      [validNow, /refuses the user certificate of CN=Press \(Bad/],
      [{ notBefore: Date.now() - 9 * day, notAfter: Date.now() - day }, /CN=Press, which expired on \d{4}-.* \(Bad/],
    ] as const) {
      const stranger = await makeCertificate({ uri: "urn:stranger", ...more });
      await expect(openBench(peer, folder.path, { userCertificate: stranger, userKey })).rejects.toMatchObject({
        code: "device/settings",
        message: expect.stringMatching(words),
        timersLeft: 0,
      });
    }
  });
});
