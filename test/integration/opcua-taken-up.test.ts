import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { DeviceSpec } from "../../gateway/core/driver-port.ts";
import { Status } from "../../gateway/core/status.ts";
import { FaultyLink } from "../conformance/faulty-link.ts";
import { type Bench, deviceAt, driverFolder, openBenchFor, point, subscribe, trustPeer } from "./opcua-channel.ts";
import { Peer } from "./opcua-peer.ts";

const wait = { timeout: 15_000, interval: 20 };
const changing = point(1, { nodeId: "ns=1;s=Int32", sampling: "0ms", queue: 1000 }, "int32");
const still = point(2, "ns=1;s=Double", "double");
const points = [changing, still];

describe("what an OPC UA server queued while the connection was gone", () => {
  let peer: Peer;
  let folder: Awaited<ReturnType<typeof driverFolder>>;
  let link: FaultyLink;
  /** Values and source times given to the server, and a time that each test begins with. */
  let told: (readonly [number, number])[] = [];
  let next = 1;
  beforeAll(async () => {
    [peer, folder] = await Promise.all([Peer.start(), driverFolder()]);
    link = await FaultyLink.open(peer.options.port);
    await trustPeer({ endpoint: `opc.tcp://127.0.0.1:${link.port}` }, folder.path);
  });
  afterAll(async () => {
    await link.cut();
    await peer[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const device = (settings: object = {}): DeviceSpec =>
    deviceAt({ endpoint: `opc.tcp://127.0.0.1:${link.port}` }, settings);
  const change = (times: number) => {
    for (let n = 0; n < times; n++) {
      const time = 1_700_000_000_000 + next;
      told.push([next, time]);
      peer.set("Int32", "Int32", { value: next++, time });
    }
  };
  const heard = (bench: Bench) =>
    (bench.readings.get(1) ?? []).map(({ value, sourceTime }) => [value, sourceTime] as const);
  const open = async (of: DeviceSpec, list = points): Promise<Bench> => {
    const bench = await openBenchFor(of, folder.path);
    onTestFinished(() => bench[Symbol.asyncDispose]());
    await subscribe(bench, list);
    return bench;
  };
  /** A connection that has heard the last value. */
  const begin = async (of: DeviceSpec): Promise<Bench> => {
    change(1);
    const bench = await open(of);
    await expect.poll(() => bench.last(1)?.value, wait).toBe(next - 1);
    await expect.poll(() => bench.last(2)?.value, wait).toBe(0.1);
    told = [];
    return bench;
  };
  const lose = async (bench: Bench) => {
    await expect.poll(() => bench.lost.length, wait).toBe(1);
    await bench.channel.close();
  };
  /** All that was told arrives once, in order, with its time; and what did not change is read. */
  const expectAll = async (before: Bench, after: Bench) => {
    const both = () => [...heard(before), ...heard(after)].filter(([value]) => told.some(([sent]) => sent === value));
    await expect.poll(() => both().length, wait).toBe(told.length);
    expect(both()).toEqual(told);
    await expect.poll(() => after.last(2), wait).toMatchObject({ value: 0.1, status: Status.Good });
    const seen = after.alive();
    await expect.poll(() => after.alive(), wait).toBeGreaterThan(seen);
    change(1);
    await expect.poll(() => after.last(1)?.value, wait).toBe(next - 1);
    expect(after.lost).toEqual([]);
    expect(after.channel.statistics().detail).toMatchObject({ sequenceGaps: 0, subscriptions: 1, items: 2 });
  };

  it("arrives with its source time after a cut", async () => {
    const plc = device();
    const bench = await begin(plc);
    await link.cut();
    change(20);
    await lose(bench);
    await link.clear();
    await expectAll(bench, await open(plc));
  });

  it("arrives after a silence, also what the server had sent and nobody received", async () => {
    const plc = device();
    const bench = await begin(plc);
    link.silence();
    onTestFinished(() => link.clear());
    change(1);
    await lose(bench);
    change(20);
    await link.clear();
    const after = await open(plc);
    await expectAll(bench, after);
    expect(after.channel.statistics().detail?.["republished"]).toBeGreaterThan(0);
  });

  it("arrives after the server stood still, and a second cut", async () => {
    const plc = device();
    const bench = await begin(plc);
    peer.freeze();
    onTestFinished(() => peer.thaw());
    change(5);
    await lose(bench);
    peer.thaw();
    const after = await open(plc);
    await expectAll(bench, after);
    told = [];
    await link.cut();
    change(5);
    await lose(after);
    await link.clear();
    await expectAll(after, await open(plc));
  });

  it("is transferred to a new session where the old one cannot be had", async () => {
    // Of nobody in particular the server takes no word that a subscription is theirs (Part 4 §5.14.7).
    const user = { user: "plancia", password: "right" };
    const plc = device({ security: { policy: "Basic256Sha256" }, ...user });
    const bench = await begin(plc);
    await link.cut();
    change(10);
    await lose(bench);
    await link.clear();
    const { settings } = device({ security: { policy: "Aes128_Sha256_RsaOaep" }, ...user });
    Object.assign(plc, { settings });
    const after = await open(plc);
    await expectAll(bench, after);
  });

  it("is gone with a server that was killed; a new subscription begins with what is", async () => {
    const plc = device();
    const bench = await begin(plc);
    await peer.kill();
    await lose(bench);
    await peer.restart();
    const after = await open(plc);
    await expect.poll(() => after.last(1)?.value, wait).toBe(-2_147_483_648);
    await expect.poll(() => after.last(2)?.value, wait).toBe(0.1);
    expect(after.lost).toEqual([]);
  });

  it("is not kept for other points: they get a subscription of their own", async () => {
    const plc = device();
    const bench = await begin(plc);
    await link.cut();
    change(3);
    await lose(bench);
    await link.clear();
    const after = await open(plc, [changing]);
    await expect.poll(() => after.last(1)?.value, wait).toBe(next - 1);
    expect(heard(after)).toHaveLength(1);
    expect(after.channel.statistics().detail).toMatchObject({ items: 1, subscriptions: 1, republished: 0 });
  });
});
