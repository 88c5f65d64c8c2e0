import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { CallRequest, CallResult } from "../../gateway/core/driver-port.ts";
import { isBad } from "../../gateway/core/status.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import type { Bench, Open } from "./driver-conformance.ts";
import type { DriverRig } from "./driver-rig.ts";

const inAMinute = () => systemClock.monotonicMs() + 60_000;

/** What every driver must do that can call methods: the rules of a write (R5, R10), for a call. */
export function describeCalling(rig: DriverRig, withBench: Open): void {
  describe(`${rig.driver}: calling`, () => {
    it("calls a method with its arguments and brings what it gives back", async () => {
      const { peer, call } = await open(withBench);
      expect(await call()).toEqual({ outcome: "written", sentAtMs: expect.any(Number), outputs: peer.method?.gives });
      expect(peer.received()).toEqual(["method"]);
    });

    it("says rejected, with status and words, when the device says no; and does not try again", async () => {
      const { peer, method, call } = await open(withBench);
      const result = await call({ arguments: method.refused });
      expect(result).toMatchObject({ outcome: "rejected", detail: expect.stringMatching(/./) });
      expect(result.outcome === "rejected" && isBad(result.status)).toBe(true);
      expect(peer.received()).toEqual(["method"]);
    });

    it("sends nothing after its time, and nothing that was taken back", async () => {
      const { peer, call } = await open(withBench);
      const late = await call({ notAfterMs: systemClock.monotonicMs() - 1 });
      expect(late).toMatchObject({ outcome: "not-sent", reason: "expired" });
      const taken = await call({ withdrawn: AbortSignal.abort() });
      expect(taken).toMatchObject({ outcome: "not-sent", reason: "withdrawn" });
      expect(peer.received()).toEqual([]);
    });

    it("lets no call out that was taken back, or whose time passed, while it waited behind a write", async () => {
      const { peer, write, call } = await open(withBench);
      await peer.faults.delay(150);
      const before = write(peer.writable.values[0]);
      const back = new AbortController();
      const taken = call({ withdrawn: back.signal });
      const late = call({ notAfterMs: systemClock.monotonicMs() + 20 });
      back.abort();
      expect(await taken).toMatchObject({ outcome: "not-sent", reason: "withdrawn" });
      expect(await late).toMatchObject({ outcome: "not-sent", reason: "expired" });
      expect(await before).toMatchObject({ outcome: "written" });
      expect(peer.received()).toEqual(["writable"]);
    });

    it("says unknown when the answer is lost, and never calls it again (R5)", async () => {
      const { peer, call } = await open(withBench);
      await peer.faults.dropWriteAnswer();
      expect(await call()).toMatchObject({ outcome: "unknown" });
      await sleep(peer.timeoutMs * 2);
      expect(peer.received()).toEqual(["method"]);
    });

    it("says unknown when the connection is cut with the call under way, and not-sent for those that waited", async () => {
      const { peer, call } = await open(withBench);
      await peer.faults.delay(60_000);
      const results = Promise.all([call(), call()]);
      await sleep(50);
      await peer.faults.cut();
      expect((await results).map(({ outcome }) => outcome)).toEqual(["unknown", "not-sent"]);
      expect(peer.received().length).toBeLessThanOrEqual(1);
    });

    it("lets a stop that is a call overtake every write and call that waits (R10)", async () => {
      const { peer, method, write, call } = await open(withBench);
      await peer.faults.delay(60);
      const waiting = Array.from({ length: 8 }, (_, n) => (n % 2 ? call() : write(peer.writable.values[0])));
      const stop = await call({ method: method.stop, arguments: [], lane: "stop" });
      expect(stop).toMatchObject({ outcome: "written" });
      expect(peer.received().slice(0, 2)).toContain("stop");
      await peer.faults.clear();
      await Promise.all(waiting);
      expect(peer.received()).toHaveLength(9);
    });

    it("refuses an argument that does not fit its type, without a byte", async () => {
      const { peer, method, call } = await open(withBench);
      const result = await call({ arguments: method.unfit });
      expect(result).toMatchObject({ outcome: "not-sent", reason: "not-supported" });
      expect(peer.received()).toEqual([]);
    });

    it("is not connected after the channel is closed", async () => {
      const { channel, peer, call } = await open(withBench);
      await channel.close();
      expect(await call()).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
      expect(peer.received()).toEqual([]);
    });
  });
}

async function open(withBench: Open) {
  const bench = await withBench();
  const { method } = bench.peer;
  if (!method) throw new Error("this peer has no method");
  return { ...bench, method, call: (more: Partial<CallRequest> = {}) => callOn(bench, more) };
}

function callOn({ channel, peer }: Bench, more: Partial<CallRequest>): Promise<CallResult> {
  const { address, takes } = peer.method ?? { address: undefined, takes: [] };
  const request = { device: peer.device.id, method: address, arguments: takes, notAfterMs: inAMinute() };
  return channel.call?.({ ...request, lane: "normal", ...more }) ?? Promise.reject(new Error("cannot call"));
}
