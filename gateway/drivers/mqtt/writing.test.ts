import { describe, expect, it } from "vitest";
import type { Point, WriteRequest } from "../../core/driver-port.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { openPayload } from "./payload.ts";
import { MqttAddress } from "./settings.ts";
import { Writing } from "./writing.ts";

function point(name: string): Point<MqttAddress> {
  const topics = { write: { topic: `plant/${name}/set` }, acknowledge: { topic: `plant/${name}/done` } };
  const address = MqttAddress.parse({ topic: `plant/${name}`, ...topics });
  return { handle: 0, address, type: "uint16", writable: true };
}

/** The writing end on a client that only notes what is published: topic, payload, options. */
function setUp() {
  const time = new ManualTime(Date.UTC(2026, 0, 1), 0);
  const published: string[] = [];
  const options: unknown[] = [];
  const client = {
    publish(topic: string, payload: string, how: unknown) {
      published.push(`${topic} ${payload}`);
      options.push(how);
    },
  };
  const writing = new Writing({ clock: time, timers: time }, () => client);
  const write = (name: string, value: number, more: Partial<WriteRequest> = {}) =>
    writing.write({ device: "plc", point: point(name), value, notAfterMs: 10_000, lane: "normal", ...more });
  const acknowledge = (name: string, value: number) =>
    writing.message(`plant/${name}/done`, openPayload(Buffer.from(String(value))));
  return { time, writing, write, acknowledge, published, options };
}

describe("writes over a broker", () => {
  it("R10: a stop overtakes 500 that wait", async () => {
    const { writing, write, acknowledge, published } = setUp();
    const waiting = Array.from({ length: 500 }, (_, n) => write("speed", n));
    const stop = write("stop", 1, { lane: "stop" });
    expect(published).toEqual(["plant/speed/set 0", "plant/stop/set 1"]);
    acknowledge("stop", 1);
    expect(await stop).toMatchObject({ outcome: "written" });
    const { waitingWrites, refusedWrites } = writing.waiting;
    expect(1 + waitingWrites + refusedWrites).toBe(500);
    const late = await Promise.all(waiting.slice(-refusedWrites));
    expect(late.every((result) => result.outcome === "not-sent")).toBe(true);
  });

  it("R4: leave as QoS 0, never retained", async () => {
    const { write, acknowledge, options } = setUp();
    const writing = write("speed", 5);
    acknowledge("speed", 5);
    expect(await writing).toMatchObject({ outcome: "written" });
    expect(options).toEqual([{ qos: 0, retain: false, properties: { messageExpiryInterval: 10 } }]);
  });

  it("do not leave late as a stop either", async () => {
    const { time, write, published } = setUp();
    await time.advance(10_001);
    expect(await write("stop", 1, { lane: "stop" })).toMatchObject({ outcome: "not-sent", reason: "expired" });
    expect(published).toEqual([]);
  });
});
