import { describe, expect, it } from "vitest";
import type { CallRequest, Channel, DriverModule } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import { testPlant } from "../../core/testing/plant.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { Image } from "../image.ts";
import { Acquisition } from "./acquisition.ts";

const signal = new AbortController().signal;

/** An acquisition whose one device notes what it is asked for, or speaks a protocol that only has values. */
function setUp(speaks: "everything" | "values only" = "everything") {
  const calls: CallRequest[] = [];
  const locks: string[] = [];
  const ask = (what: string) => async () => {
    locks.push(what);
    return { outcome: "granted" } as const;
  };
  const more: Partial<Channel> = {
    call: async (request) => {
      calls.push(request);
      return { outcome: "written", sentAtMs: 0, outputs: [7] };
    },
    locks: { lock: ask("lock"), renew: ask("renew"), unlock: ask("unlock") },
  };
  const module: DriverModule = {
    createChannel: () => ({
      connect: async () => undefined,
      close: async () => undefined,
      statistics: () => ({ requests: 0, failures: 0, bytesIn: 0, bytesOut: 0 }),
      ...(speaks === "everything" ? more : {}),
    }),
  };
  const time = new ManualTime();
  const plant = testPlant();
  const acquisition = new Acquisition({
    plant,
    image: new Image(plant.tags.length, time, silentLog),
    drivers: new Map([["bench", async () => module]]),
    folder: () => "",
    clock: time,
    timers: time,
    log: silentLog,
  });
  const start = async () => {
    acquisition.start();
    await time.advance(1);
  };
  return { acquisition, calls, locks, start };
}

describe("calls and locks of devices", () => {
  it("go to the device that has them, as they are", async () => {
    const { acquisition, calls, locks, start } = setUp();
    await start();
    const given = [{ type: "int32", value: 5 }] as const;
    const result = await acquisition.call("plc", { name: "go" }, given, "stop", 70, signal);
    expect(result).toEqual({ outcome: "written", sentAtMs: 0, outputs: [7] });
    const order = { lane: "stop", notAfterMs: 70, withdrawn: signal };
    expect(calls).toEqual([{ device: "plc", method: { name: "go" }, arguments: given, ...order }]);
    for (const what of ["lock", "renew", "unlock"] as const) {
      expect(await acquisition.locks[what]("plc", { at: 1 }, signal)).toEqual({ outcome: "granted" });
    }
    expect(locks).toEqual(["lock", "renew", "unlock"]);
    await acquisition.stop();
  });

  it.each(["plc", "nobody"])("are refused without a word where %s is not connected", async (device) => {
    const { acquisition, calls, locks } = setUp();
    const result = await acquisition.call(device, {}, [], "normal", 70);
    expect(result).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
    expect(await acquisition.locks.lock(device, {}, signal)).toMatchObject({ outcome: "refused" });
    expect([...calls, ...locks]).toEqual([]);
  });

  it("are not supported where the protocol has neither", async () => {
    const { acquisition, start } = setUp("values only");
    await start();
    const result = await acquisition.call("plc", {}, [], "normal", 70);
    expect(result).toMatchObject({ outcome: "not-sent", reason: "not-supported" });
    expect(await acquisition.locks.renew("plc", {}, signal)).toMatchObject({ outcome: "unsupported" });
    await acquisition.stop();
  });
});
