import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Reading } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { Status } from "../../gateway/core/status.ts";
import { createChannel } from "../../gateway/drivers/mqtt/driver.ts";
import { MqttAddress, MqttSettings } from "../../gateway/drivers/mqtt/settings.ts";
import { systemClock, systemTimers } from "../../gateway/kit/clock.ts";
import { Mosquitto, mosquittoMissing } from "../rig/mosquitto.ts";
import { until } from "../rig/until.ts";

let broker: Mosquitto;
beforeAll(async () => {
  if (!mosquittoMissing) broker = await Mosquitto.start();
});
afterAll(() => broker?.close());

/** One life of the driver's connection: what it heard, and whether it was told that the connection is gone. */
class Life {
  readonly heard: Reading[] = [];
  lost = 0;
  readonly channel;

  constructor(version: string) {
    const settings = MqttSettings.parse({ url: broker.url, version, clientId: `gateway-${version}`, session: {} });
    this.channel = createChannel([{ id: "hall", settings, intervalMs: 1000 }], {
      folder: "",
      log: silentLog,
      clock: systemClock,
      timers: systemTimers,
      lost: () => this.lost++,
    });
  }

  async open(topic: string): Promise<void> {
    await this.channel.connect(AbortSignal.timeout(10_000));
    const address = MqttAddress.parse({ topic, qos: 1, write: { topic: `${topic}/set` } });
    const sink = {
      readings: (_device: string, _handles: readonly number[], readings: readonly Reading[]): void =>
        void this.heard.push(...readings),
      alive: (): void => undefined,
    };
    const points = [{ handle: 0, address, type: "double" as const, writable: true }];
    await this.channel.subscribe?.("hall", points, sink, new AbortController().signal);
  }

  get isLive(): boolean {
    return this.channel.statistics().detail?.["session"] === "live";
  }
}

describe.skipIf(mosquittoMissing)("R4, R16: a kept session over a broker that is killed", () => {
  it.each(["3.1.1", "5"])("with version %s loses nothing, believes nothing old and writes nothing", async (version) => {
    const topic = `killed/${version}`;
    const first = new Life(version);
    await first.open(topic);
    const machine = await broker.client(`machine-${version}`);
    const written: string[] = [];
    machine.on("message", (_topic, payload) => written.push(payload.toString()));
    await machine.subscribeAsync(`${topic}/set`);
    await machine.publishAsync(topic, "1", { qos: 1 });
    await until(() => first.heard.length === 1 && first.isLive, "the first value, live");
    await until(() => broker.hasWritten(`gateway-${version}`, topic), "the broker has the session on its disk");
    await broker.stop("SIGKILL");
    await until(() => first.lost > 0, "the connection is told to be gone");
    await first.channel.close();

    await broker.start();
    await until(() => machine.connected, "the machine is back");
    await machine.subscribeAsync(`${topic}/set`);
    for (let n = 2; n <= 41; n++) await machine.publishAsync(topic, String(n), { qos: 1 });

    const next = new Life(version);
    await next.open(topic);
    await until(() => next.heard.length >= 40 && next.isLive, "what was queued came, and the session is live");
    expect(next.heard.map(({ value }) => value)).toEqual(Array.from({ length: 40 }, (_, n) => n + 2));
    for (const reading of next.heard)
      expect(reading).toMatchObject({ status: Status.Uncertain_LastUsableValue, unproven: true });
    await machine.publishAsync(topic, "99", { qos: 1 });
    await until(() => next.heard.length >= 41, "news");
    expect(next.heard[40]).toMatchObject({ value: 99, status: Status.Good });
    expect(written).toEqual([]);
    await next.channel.close();
    await machine.endAsync(true);
  });
});
