import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Status } from "../../gateway/core/status.ts";
import type { Value } from "../../gateway/core/value.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { type Bench, desk, driverFolder, openBench, point, subscribe, trustPeer } from "./opcua-channel.ts";
import { Peer } from "./opcua-peer.ts";

const credentials = { user: "plancia", password: "right" };
const wait = { timeout: 5_000, interval: 20 };

describe("an OPC UA server over SignAndEncrypt with user and password", () => {
  let peer: Peer;
  let folder: Awaited<ReturnType<typeof driverFolder>>;
  beforeAll(async () => {
    [peer, folder] = await Promise.all([Peer.start({ anonymous: false, extra: 40 }), driverFolder()]);
    await trustPeer(peer, folder.path);
  });
  afterAll(async () => {
    await peer[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const open = async (settings: object = {}): Promise<Bench> => {
    const bench = await openBench(peer, folder.path, { ...credentials, ...settings });
    onTestFinished(() => bench[Symbol.asyncDispose]());
    return bench;
  };
  const write = (bench: Bench, name: string, value: Value, more: { index?: number; lane?: "stop" } = {}) =>
    bench.channel.write?.({
      device: "plc",
      point: point(
        90,
        more.index === undefined ? `ns=1;s=${name}` : { nodeId: `ns=1;s=${name}`, index: more.index },
        typeOf(value),
        true,
      ),
      value,
      notAfterMs: systemClock.monotonicMs() + 60_000,
      lane: more.lane ?? "normal",
    });

  const types: readonly (readonly [string, Parameters<typeof point>[2], Value])[] = [
    ["Boolean", "boolean", true],
    ["SByte", "sbyte", -128],
    ["Byte", "byte", 255],
    ["Int16", "int16", -32_768],
    ["UInt16", "uint16", 65_535],
    ["Int32", "int32", -2_147_483_648],
    ["UInt32", "uint32", 4_294_967_295],
    ["Int64", "int64", -(2n ** 63n)],
    ["UInt64", "uint64", 2n ** 64n - 1n],
    ["Float", "float", 1.5],
    ["Double", "double", 0.1],
    ["String", "string", "Zürich – ok"],
    ["DateTime", "dateTime", 1_700_000_000_123],
    ["ByteString", "byteString", Uint8Array.of(0, 1, 255)],
    ["Guid", "string", "12345678-1234-1234-1234-123456789ABC"],
    ["LocalizedText", "string", "hello"],
    ["QualifiedName", "string", "1:thing"],
    ["StatusCode", "string", "BadOutOfRange"],
    ["Colour", "int32", 2],
  ];

  it("brings every scalar type by subscription and by reading, with source time", async () => {
    const bench = await open();
    const points = types.map(([name, type], handle) => point(handle, `ns=1;s=${name}`, type));
    await subscribe(bench, points);
    await expect.poll(() => bench.readings.size, wait).toBe(points.length);
    const read = await bench.channel.read?.("plc", points, new AbortController().signal, "verify");
    types.forEach(([name, , value], handle) => {
      expect(bench.last(handle), name).toMatchObject({ value, status: Status.Good });
      expect(read?.[handle], name).toMatchObject({ value, status: Status.Good });
    });
    expect(bench.last(0)?.sourceTime).toBeGreaterThan(1_700_000_000_000);
  });

  it("subscribes in groups within the server's limit, and keeps a wrong node to itself", async () => {
    const bench = await open();
    const points = Array.from({ length: 40 }, (_, n) => point(n, `ns=1;s=Extra${n}`, "double"));
    const wrong = [point(50, "ns=1;s=Nobody", "double"), point(51, "nsu=urn:not:there;s=X", "double")];
    await subscribe(bench, [...points, ...wrong]);
    await expect.poll(() => bench.readings.size, wait).toBe(42);
    expect(points.map(({ handle }) => bench.last(handle)?.value)).toEqual(points.map((_, n) => n));
    for (const { handle } of wrong)
      expect(bench.last(handle)).toEqual({ value: null, status: Status.Bad_NodeIdUnknown });
    expect(bench.channel.statistics().detail).toMatchObject({ items: 40, failedItems: 2, subscriptions: 1 });
  });

  it("keeps all 32 bits of a status, and gives no value with a Bad one", async () => {
    const bench = await open();
    await subscribe(bench, [point(1, "ns=1;s=Speed", "double")]);
    peer.set("Speed", "Double", { value: 33, status: 0x40900480 });
    await expect.poll(() => bench.last(1)?.value, wait).toBe(33);
    expect(bench.last(1)?.status).toBe(0x40900480);
    peer.set("Speed", "Double", { value: 34, status: 0x808c0000 });
    await expect.poll(() => bench.last(1)?.status, wait).toBe(Status.Bad_SensorFailure);
    expect(bench.last(1)?.value).toBeNull();
  });

  it("survives NaN, ±Inf, nothing, a changed type, an array, a huge text and a far-future time", async () => {
    const bench = await open();
    await subscribe(bench, [
      point(1, "ns=1;s=Any", "double"),
      point(2, "ns=1;s=String", "string"),
      point(3, "ns=1;s=Array", "int32"),
    ]);
    for (const special of ["NaN", "Infinity", "-Infinity"] as const) {
      peer.set("Any", "Double", { special });
      await expect.poll(() => bench.last(1)?.value, wait).toBe(Number(special));
    }
    for (const [type, more, status] of [
      ["String", { value: "fast" }, Status.Bad_TypeMismatch],
      ["Null", {}, Status.Bad_NoData],
      ["Double", { value: [1, 2], array: true }, Status.Bad_TypeMismatch],
      ["Int64", { value: [0x7fffffff, 0xffffffff] }, Status.Bad_OutOfRange],
    ] as const) {
      peer.set("Any", type, more);
      await expect.poll(() => bench.last(1), wait).toMatchObject({ value: null, status });
    }
    peer.set("Any", "Double", { value: 12, time: Date.UTC(9999, 0, 1) });
    await expect.poll(() => bench.last(1), wait).toEqual({ value: 12, status: Status.Good, sourceTime: undefined });
    peer.set("String", "String", { value: "x".repeat(10_000_000) });
    await expect.poll(() => bench.last(2)?.status, wait).toBe(Status.Bad_EncodingLimitsExceeded);
    expect(bench.last(3)?.status).toBe(Status.Bad_TypeMismatch);
    peer.set("String", "String", { value: "Zürich – ok" });
    await expect.poll(() => bench.last(2)?.value, wait).toBe("Zürich – ok");
    expect(bench.lost).toEqual([]);
  });

  it("reads one element of an array", async () => {
    const bench = await open();
    await subscribe(bench, [point(1, { nodeId: "ns=1;s=Array", index: 1 }, "int32")]);
    await expect.poll(() => bench.last(1)?.value, wait).toBe(20);
    expect(await write(bench, "Array", 77, { index: 1 })).toMatchObject({ outcome: "written" });
    await expect.poll(() => bench.last(1)?.value, wait).toBe(77);
  });

  it("proves that it lives while nothing changes", async () => {
    const bench = await open();
    await subscribe(bench, [point(1, "ns=1;s=Speed", "double")]);
    await expect.poll(() => bench.alive(), wait).toBeGreaterThan(3);
    const before = bench.readings.get(1)?.length;
    const aliveBefore = bench.alive();
    await expect.poll(() => bench.alive(), wait).toBeGreaterThan(aliveBefore + 2);
    expect(bench.readings.get(1)?.length).toBe(before);
  });

  it("writes with the node's own type, and says rejected with status and words", async () => {
    const bench = await open();
    expect(await write(bench, "Target", 42)).toMatchObject({ outcome: "written" });
    expect(await write(bench, "Target", 666)).toMatchObject({
      outcome: "rejected",
      status: Status.Bad_OutOfRange,
      detail: expect.stringContaining("out of range"),
    });
    expect(await write(bench, "ReadOnly", 1.5)).toMatchObject({
      outcome: "rejected",
      detail: expect.stringMatching(/./),
    });
    expect(await write(bench, "Target", -1)).toMatchObject({ outcome: "not-sent", reason: "not-supported" });
    expect((await peer.writes()).slice(-2)).toEqual(["42", "666"]);
  });

  it("sends nothing whose time has passed", async () => {
    const bench = await open();
    const before = await peer.writes();
    const late = {
      device: "plc",
      point: point(1, "ns=1;s=Target", "int32", true),
      value: 7,
      notAfterMs: systemClock.monotonicMs() - 1,
    };
    expect(await bench.channel.write?.({ ...late, lane: "normal" })).toMatchObject({
      outcome: "not-sent",
      reason: "expired",
    });
    expect(await peer.writes()).toEqual(before);
  });

  it("says unknown when a write is carried out and not answered; the stop does not wait behind it", async () => {
    const bench = await open({ timeout: "1s" });
    await write(bench, "Target", 1);
    peer.holdWrites(true);
    onTestFinished(() => peer.holdWrites(false));
    const before = (await peer.writes()).length;
    const first = write(bench, "Target", 11);
    const second = write(bench, "Target", 12);
    expect(await write(bench, "Boolean", true, { lane: "stop" })).toMatchObject({ outcome: "written" });
    expect(await first).toMatchObject({ outcome: "unknown" });
    expect(await second).toMatchObject({ outcome: "unknown" });
    expect((await peer.writes()).slice(before)).toEqual(["11", "12"]);
    expect(bench.lost).toEqual([]);
  });

  it("browses by path, with type, writability, unit and range", async () => {
    const bench = await open();
    const top = await bench.channel.browse?.("plc", "", AbortSignal.timeout(5_000));
    expect(top?.map(({ path, kind }) => [path, kind])).toContainEqual(["Machine", "folder"]);
    const machine = (await bench.channel.browse?.("plc", "Machine", AbortSignal.timeout(5_000))) ?? [];
    const found = (name: string) => machine.find((entry) => entry.name === name);
    expect(found("Speed")).toEqual({
      ...{ address: "ns=1;s=Speed", path: "Machine/Speed", name: "Speed", kind: "variable" },
      ...{ type: "double", writable: true, unit: "1/min", range: [0, 600] },
    });
    expect(found("ReadOnly")).toMatchObject({ type: "double", writable: false });
    expect(found("Colour")).toMatchObject({ type: "int32" });
    expect(found("Array")?.type).toBeUndefined();
    expect(machine).toHaveLength(64);
    await expect(bench.channel.browse?.("plc", "Machine/Nothing", AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: "request/not-found",
    });
  });

  it.each([
    ["a wrong password", { ...credentials, password: "wrong" }, /refuses plancia/],
    ["nobody", { user: undefined, password: undefined }, /without a user/],
    ["another policy", { security: { policy: "Aes256_Sha256_RsaPss" } }, undefined],
    [
      "Sign, which it does not offer",
      { security: { mode: "Sign" } },
      /offers no Sign with a policy of today .*, only: /,
    ],
    ["None, which it does not offer", { security: { mode: "None" } }, /offers no None with None, only: SignAndEncrypt/],
  ])("with %s connects or says why not", async (_what, settings, words) => {
    const connecting = openBench(peer, folder.path, { ...credentials, ...settings });
    if (words === undefined) return connecting.then((bench) => bench[Symbol.asyncDispose]());
    await expect(connecting).rejects.toMatchObject({
      code: "device/settings",
      message: expect.stringMatching(words),
      timersLeft: 0,
    });
  });

  it("renews the keys of the connection under load without losing a value", async () => {
    const bench = await open({ channelLifetime: "1s" });
    await subscribe(bench, [point(1, "ns=1;s=Int32", "int32")]);
    for (let n = 0; n < 30; n++) {
      peer.set("Int32", "Int32", { value: n });
      await expect.poll(() => bench.last(1)?.value, wait).toBe(n);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(bench.lost).toEqual([]);
    expect(bench.channel.statistics().detail).toMatchObject({ sequenceGaps: 0 });
  });

  it("keeps sockets and timers flat over 20 reconnects", async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout/.test(kind)).length;
    const before = sockets();
    for (let round = 0; round < 20; round++) {
      const bench = await openBench(peer, folder.path, credentials);
      await subscribe(bench, [point(1, "ns=1;s=Speed", "double")]);
      await bench.channel.close();
      await bench.channel.close();
      expect(bench.timers.pending).toBe(0);
      expect(bench.lost).toEqual([]);
    }
    await expect.poll(sockets, wait).toBeLessThanOrEqual(before + 1);
  });

  it("shows the certificates that it made and trusts", async () => {
    const own = await desk?.own(folder.path);
    expect(own?.pem).toContain("BEGIN CERTIFICATE");
    expect((await desk?.list(folder.path))?.map(({ state, devices }) => [state, devices])).toEqual([
      ["trusted", ["plc"]],
    ]);
  });
});

function typeOf(value: Value): Parameters<typeof point>[2] {
  if (typeof value === "boolean") return "boolean";
  return Number.isInteger(value) ? "int32" : "double";
}
