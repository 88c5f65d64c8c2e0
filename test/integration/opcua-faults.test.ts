import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Status } from "../../gateway/core/status.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { type Bench, desk, driverFolder, openBench, point, subscribe, trustPeer } from "./opcua-channel.ts";
import { Peer } from "./opcua-peer.ts";

const wait = { timeout: 8_000, interval: 20 };
const speed = point(1, "ns=1;s=Speed", "double");
const target = point(2, "ns=1;s=Target", "int32", true);
const inAMinute = () => systemClock.monotonicMs() + 60_000;

describe("an OPC UA server that is frozen, killed, exchanged", () => {
  let peer: Peer;
  let folder: Awaited<ReturnType<typeof driverFolder>>;
  beforeAll(async () => {
    [peer, folder] = await Promise.all([Peer.start(), driverFolder()]);
    await trustPeer(peer, folder.path);
  });
  afterAll(async () => {
    await peer[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const open = async (settings: object = {}): Promise<Bench> => {
    const bench = await openBench(peer, folder.path, settings);
    onTestFinished(() => bench[Symbol.asyncDispose]());
    await subscribe(bench, [speed]);
    await expect.poll(() => bench.last(1)?.value, wait).toBe(100);
    return bench;
  };

  it("notices a standstill soon after the keep-alive, says unknown for the write under way, and closes at once", async () => {
    const bench = await open();
    peer.freeze();
    onTestFinished(() => peer.thaw());
    const frozenAt = systemClock.monotonicMs();
    const writing = bench.channel.write?.({
      device: "plc",
      point: target,
      value: 3,
      notAfterMs: inAMinute(),
      lane: "stop",
    });
    await expect.poll(() => bench.lost.length, wait).toBe(1);
    expect(systemClock.monotonicMs() - frozenAt).toBeLessThan(3_500);
    expect(bench.lost[0]).toMatchObject({ code: "device/connection-lost" });
    expect(await writing).toMatchObject({ outcome: "unknown" });
    const closing = systemClock.monotonicMs();
    await bench.channel.close();
    expect(systemClock.monotonicMs() - closing).toBeLessThan(500);
    expect(bench.timers.pending).toBe(0);
    peer.thaw();
    const again = await open();
    expect(again.lost).toEqual([]);
  });

  it("lives through a short standstill, and through answers that come after their time-out", async () => {
    const bench = await open({ timeout: "300ms", keepAlive: "2s" });
    peer.freeze();
    onTestFinished(() => peer.thaw());
    const read = await bench.channel.read?.("plc", [speed], new AbortController().signal, "verify");
    expect(read).toEqual([{ value: null, status: Status.Bad_Timeout }]);
    peer.thaw();
    await expect.poll(() => bench.channel.statistics().detail?.["late"], wait).toBe(1);
    expect(await bench.channel.read?.("plc", [speed], new AbortController().signal, "verify")).toMatchObject([
      { value: 100 },
    ]);
    expect(bench.lost).toEqual([]);
  });

  it("gives up connecting to a frozen server when told to, and leaves nothing behind", async () => {
    peer.freeze();
    onTestFinished(() => peer.thaw());
    const connecting = openBench(peer, folder.path, { timeout: "1s" });
    await expect(connecting).rejects.toMatchObject({ code: "device/connection-lost", timersLeft: 0 });
  });

  it("tells when nothing is subscribed and the server stands still", async () => {
    const bench = await openBench(peer, folder.path);
    onTestFinished(() => bench[Symbol.asyncDispose]());
    peer.freeze();
    onTestFinished(() => peer.thaw());
    await expect.poll(() => bench.lost.length, wait).toBe(1);
  });

  it("tells once when it is killed, and finds it again after its restart", async () => {
    const bench = await open();
    await peer.kill();
    await expect.poll(() => bench.lost, wait).toMatchObject([{ code: "device/connection-lost" }]);
    expect(
      await bench.channel.write?.({ device: "plc", point: target, value: 3, notAfterMs: inAMinute(), lane: "stop" }),
    ).toMatchObject({
      outcome: "not-sent",
      reason: "not-connected",
    });
    await expect(openBench(peer, folder.path)).rejects.toMatchObject({
      code: "device/connection-lost",
      message: expect.stringContaining("nobody listens there"),
    });
    await peer.restart();
    expect((await open()).lost).toEqual([]);
    expect(bench.lost).toHaveLength(1);
  });

  it("refuses another certificate at the same place, says so, and takes it when a person trusts it", async () => {
    await (await open()).channel.close();
    const [before] = (await desk?.list(folder.path)) ?? [];
    await peer.loseCertificate();
    await peer.restart();
    const refused = { code: "device/untrusted", message: expect.stringContaining("not the one it had until now") };
    await expect(openBench(peer, folder.path)).rejects.toMatchObject({ ...refused, timersLeft: 0 });
    await expect(openBench(peer, folder.path)).rejects.toMatchObject(refused);
    const waiting = ((await desk?.list(folder.path)) ?? []).filter(({ state }) => state === "quarantine");
    expect(waiting).toMatchObject([
      { devices: ["plc"], endpoint: peer.endpoint, reason: `exchanged for ${before?.fingerprint}` },
    ]);
    await desk?.trust(folder.path, "plc");
    expect((await open()).lost).toEqual([]);
    await desk?.reject(folder.path, waiting[0]?.fingerprint ?? "");
    await expect(openBench(peer, folder.path)).rejects.toMatchObject({
      message: expect.stringContaining("was rejected"),
    });
  });
});

describe("OPC UA servers that cannot be trusted, or do not trust", () => {
  it("refuses a server that offers only None, unless the settings say None", async () => {
    await using peer = await Peer.start({ modes: ["None"] });
    await using folder = await driverFolder();
    await expect(openBench(peer, folder.path)).rejects.toMatchObject({
      code: "device/settings",
      message: expect.stringMatching(/offers no SignAndEncrypt with a policy of today .*, only: None None/),
    });
    await using bench = await openBench(peer, folder.path, { security: { mode: "None" } });
    await subscribe(bench, [speed]);
    await expect.poll(() => bench.last(1)?.value, wait).toBe(100);
  });

  it("says what to do when the server does not trust the gateway", async () => {
    await using peer = await Peer.start({ acceptsAnyClient: false });
    await using folder = await driverFolder();
    await trustPeer(peer, folder.path);
    const own = await desk?.own(folder.path);
    await expect(openBench(peer, folder.path)).rejects.toMatchObject({
      code: "device/untrusted",
      message: expect.stringContaining(own?.file ?? "?"),
    });
  });

  it.each([
    ["silence", ""],
    ["another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["a broken frame", "ACKF\xff\xff\xff\xff"],
  ])("gives up a port with %s behind it, in time and in words", async (_what, answer) => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.on("data", () => (answer === "" ? undefined : socket.write(Buffer.from(answer, "latin1"))));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    await using folder = await driverFolder();
    const endpoint = `opc.tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
    const startedAt = systemClock.monotonicMs();
    await expect(openBench({ endpoint }, folder.path)).rejects.toMatchObject({
      code: "device/connection-lost",
      timersLeft: 0,
    });
    expect(systemClock.monotonicMs() - startedAt).toBeLessThan(11_000);
    await sleep(50);
  });
});
