import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { expect, it } from "vitest";
import type { Reading } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { Status } from "../../gateway/core/status.ts";
import { createChannel } from "../../gateway/drivers/mqtt/driver.ts";
import { MqttAddress, MqttSettings } from "../../gateway/drivers/mqtt/settings.ts";
import { systemClock, systemTimers } from "../../gateway/kit/clock.ts";
import { until } from "../rig/until.ts";

it("a broker that gives no wildcard is asked for each tag by itself, and what it refuses of those is Bad", async () => {
  const asked: string[] = [];
  const broker = await Aedes.createBroker();
  broker.authorizeSubscribe = (_client, subscription, done) => {
    asked.push(subscription.topic);
    done(null, /\+|secret/.test(subscription.topic) ? null : subscription);
  };
  const server = createServer((socket) => broker.handle(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const settings = MqttSettings.parse({
    url: `mqtt://127.0.0.1:${port}`,
    topics: [{ filter: "plant/{equipment}/{tag}" }],
  });
  const heard = new Map<number, Reading>();
  const channel = createChannel([{ id: "hall", settings, intervalMs: 1000 }], {
    folder: "",
    log: silentLog,
    clock: systemClock,
    timers: systemTimers,
    lost: () => undefined,
  });
  const points = ["plant/press/speed", "plant/press/secret"].map((topic, handle) => ({
    handle,
    address: MqttAddress.parse({ topic }),
    type: "double" as const,
    writable: false,
  }));
  const sink = {
    readings: (_device: string, handles: readonly number[], readings: readonly Reading[]): void =>
      handles.forEach((handle, i) => void heard.set(handle, readings[i] as Reading)),
    alive: (): void => undefined,
  };
  try {
    await channel.connect(AbortSignal.timeout(10_000));
    await channel.subscribe?.("hall", points, sink, new AbortController().signal);
    expect(asked).toEqual(["plant/+/+", "plant/press/speed", "plant/press/secret"]);
    expect(heard.get(1)).toMatchObject({ status: Status.Bad_UserAccessDenied });
    const packet = { cmd: "publish", topic: "plant/press/speed", payload: "7", qos: 0, retain: false, dup: false };
    broker.publish(packet as Parameters<Aedes["publish"]>[0], () => undefined);
    await until(() => heard.get(0)?.value === 7, "its own topic is heard");
  } finally {
    await channel.close();
    await new Promise<void>((resolve) => broker.close(resolve));
    server.close();
  }
});
