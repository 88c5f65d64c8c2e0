import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CallResult, LockResult, WriteLane, WriteResult } from "../../gateway/core/driver-port.ts";
import type { DataType, Value } from "../../gateway/core/value.ts";
import { opcua } from "../../gateway/drivers/opcua/manifest.ts";
import { type RunningFillingLine, startFillingLine } from "../../simulators/plants/filling-line/plant.ts";
import { type Bench, driverFolder, openBench, point, trustPeer } from "./opcua-channel.ts";

/** Two gateways of their own (each with a certificate) and the controller that both are connected to. */
let pki: string;
const folders: Awaited<ReturnType<typeof driverFolder>>[] = [];
beforeAll(async () => {
  pki = await mkdtemp(join(tmpdir(), "opcua-lock-pki-"));
  folders.push(await driverFolder(), await driverFolder());
});
afterAll(async () => {
  for (const folder of folders) await folder[Symbol.asyncDispose]();
  await rm(pki, { recursive: true, force: true });
});

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const address = opcua.lock?.parse({ object: "ns=1;s=Line1.Lock" });
const waiting = () => AbortSignal.timeout(5_000);

interface Gateway {
  readonly bench: Bench;
  lock(what?: "lock" | "renew" | "unlock", at?: unknown): Promise<LockResult>;
  write(name: string, type: DataType, value: Value, lane?: WriteLane): Promise<WriteResult>;
  call(method: string, lane?: WriteLane): Promise<CallResult>;
}

async function connected(line: RunningFillingLine, n: 0 | 1): Promise<Gateway> {
  const folder = folders[n]?.path ?? "";
  const peer = { endpoint: line.endpointUrl };
  await trustPeer(peer, folder);
  const bench = await openBench(peer, folder, { user: line.user, password: line.password });
  opened.push(() => bench[Symbol.asyncDispose]());
  const { channel } = bench;
  const order = { device: "plc", notAfterMs: Number.POSITIVE_INFINITY };
  const missing = () => Promise.reject(new Error("the channel cannot do this"));
  return {
    bench,
    lock: (what = "lock", at = address) => channel.locks?.[what]("plc", at, waiting()) ?? missing(),
    write: (name, type, value, lane = "normal") =>
      channel.write?.({ ...order, point: point(0, `ns=1;s=Line1.${name}`, type, true), value, lane }) ?? missing(),
    call: (method, lane = "normal") => {
      const at = opcua.method?.parse({ object: parentOf(method), method: `ns=1;s=${method}` });
      return channel.call?.({ ...order, method: at, arguments: [], lane }) ?? missing();
    },
  };
}

function parentOf(id: string): string {
  return `ns=1;s=${id.slice(0, id.lastIndexOf("."))}`;
}

async function twoGateways() {
  const line = await startFillingLine({ speed: 0, tickMs: 20, pki, acceptAnyClient: true });
  opened.push(() => line.close());
  return { line, ours: await connected(line, 0), other: await connected(line, 1) };
}

const locked = { outcome: "rejected", detail: "another client has locked the device (BadLocked)" };

describe("the device's own lock (R40, OPC 10000-100 §7)", () => {
  it("keeps every other gateway from writing and calling, and ours not", async () => {
    const { line, ours, other } = await twoGateways();
    expect(await ours.lock()).toEqual({ outcome: "granted", remainingMs: 30_000 });
    expect(await other.write("SpeedSetpoint", "double", 100)).toMatchObject(locked);
    expect(await other.call("Line1.Hold")).toMatchObject(locked);
    expect(line.model.readings).toMatchObject({ speedPerMin: 120, state: "Execute" });
    expect(await ours.write("SpeedSetpoint", "double", 100)).toMatchObject({ outcome: "written" });
    expect(await ours.call("Line1.Hold")).toMatchObject({ outcome: "written", outputs: [] });
    expect(line.model.parameters.speedPerMin).toBe(100);
    expect(line.model.state).toBe("Holding");
  });

  it.each<[string, (gateway: Gateway) => Promise<WriteResult>]>([
    ["the method Stop", ({ call }) => call("Line1.Stop", "stop")],
    ["the stop request", ({ write }) => write("StopRequest", "boolean", true, "stop")],
    ["PackML's command 3", ({ write }) => write("CntrlCmd", "int32", 3, "stop")],
  ])("stands in the way of no stop: %s (R10)", async (_, stop) => {
    const { line, ours, other } = await twoGateways();
    await ours.lock();
    expect(await stop(other)).toMatchObject({ outcome: "written" });
    expect(line.model.state).toBe("Stopping");
  });

  it("is refused to a second gateway, with the words who has it, until it is given back", async () => {
    const { ours, other } = await twoGateways();
    await ours.lock();
    expect(await other.lock()).toEqual({
      outcome: "refused",
      detail: expect.stringMatching(/^the device is locked already by plancia, urn:.*:plancia:/),
    });
    expect(await other.lock("renew")).toMatchObject({ outcome: "refused" });
    expect(await ours.lock("unlock")).toEqual({ outcome: "granted" });
    expect(await other.lock()).toMatchObject({ outcome: "granted" });
  });

  it("lasts while it is renewed, and runs out without", async () => {
    const { line, ours, other } = await twoGateways();
    await ours.lock();
    line.lock.step(20);
    expect(await ours.lock("renew")).toEqual({ outcome: "granted", remainingMs: 30_000 });
    line.lock.step(20);
    expect(await other.write("SpeedSetpoint", "double", 90)).toMatchObject(locked);
    line.lock.step(10);
    expect(await ours.lock("renew")).toEqual({ outcome: "refused", detail: "the device's lock is not ours any more" });
    expect(await other.write("SpeedSetpoint", "double", 90)).toMatchObject({ outcome: "written" });
  });

  it("is broken by a person at the panel, and by nobody from afar", async () => {
    const { line, ours, other } = await twoGateways();
    await ours.lock();
    expect(await other.call("Line1.Lock.BreakLock")).toMatchObject({ outcome: "rejected" });
    expect(line.lock.readings.locked).toBe(true);
    const url = `http://127.0.0.1:${line.faultPort}/machine`;
    const pressed = await fetch(url, { method: "POST", body: JSON.stringify({ action: "break-lock" }) });
    expect(pressed.status).toBe(200);
    expect(await ours.lock("renew")).toMatchObject({ outcome: "refused" });
  });

  it("ends with the session of its gateway", async () => {
    const { line, ours, other } = await twoGateways();
    await ours.lock();
    await ours.bench.channel.close();
    await expect.poll(() => line.lock.readings.locked).toBe(false);
    expect(await other.lock()).toMatchObject({ outcome: "granted" });
  });

  it("is not believed after the connection was lost, although it is in our name, where the device does not agree", async () => {
    const { line, ours } = await twoGateways();
    await ours.lock();
    await line.opcua.setFault({ kind: "cut" });
    await expect.poll(() => ours.bench.lost.length).toBe(1);
    await line.opcua.clearFaults();
    const again = await connected(line, 0);
    expect(line.lock.readings.locked).toBe(true);
    expect(await again.lock()).toEqual({ outcome: "refused", detail: "the device's lock is not ours any more" });
  });

  it("is asked for once, and not believed, where the answer is lost", async () => {
    const { line, ours } = await twoGateways();
    await line.opcua.setFault({ kind: "drop-write-answer", node: "Line1.Lock.InitLock", times: 1 });
    expect(await ours.lock()).toMatchObject({ outcome: "refused" });
    expect(line.opcua.writes.all().map(({ node }) => node)).toEqual(["Line1.Lock.InitLock"]);
  });

  it("is unsupported where the object has no locking services, or is not there", async () => {
    const { ours } = await twoGateways();
    for (const object of ["ns=1;s=Line1", "ns=1;s=Nothing.Lock"]) {
      expect(await ours.lock("lock", { object })).toMatchObject({ outcome: "unsupported" });
    }
  });
});
