import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, describe, expect, it } from "vitest";
import { DemoBroker } from "../../simulators/mqtt/broker.ts";
import { type HallOptions, type RunningHall, startHall } from "../../simulators/plants/hall/plant.ts";
import { startMillingMachine } from "../../simulators/plants/milling-machine/plant.ts";
import { startScaleMqtt } from "../../simulators/plants/scale-mqtt/plant.ts";

/** What a test has opened, closed again in the reverse order. */
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function hallOf(options: HallOptions = {}): Promise<RunningHall> {
  const hall = await startHall({ speed: 0, tickMs: 20, ...options });
  opened.push(() => hall.close());
  return hall;
}

interface Listener {
  readonly client: MqttClient;
  /** The payloads of a topic so far. */
  on(topic: string): readonly { readonly payload: string; readonly retain: boolean }[];
}

async function listenerOn(broker: { url: string; user: string; password: string }, filter = "#"): Promise<Listener> {
  const client = mqtt.connect(broker.url, { username: broker.user, password: broker.password, reconnectPeriod: 100 });
  opened.push(() => client.endAsync(true));
  const heard = new Map<string, { payload: string; retain: boolean }[]>();
  // A broker that a test restarts is not worth a line.
  client.on("error", () => undefined);
  client.on("message", (topic, payload, packet) => {
    heard.set(topic, [...(heard.get(topic) ?? []), { payload: payload.toString(), retain: packet.retain }]);
  });
  await event(client, "connect");
  await client.subscribeAsync(filter);
  return { client, on: (topic) => heard.get(topic) ?? [] };
}

/** `once` of node:events rejects on an error, and a broker that goes away is one. */
function event(client: MqttClient, name: "connect" | "close"): Promise<void> {
  return new Promise((resolve) => client.once(name, () => resolve()));
}

async function fault(plant: { faultPort: number }, body: unknown) {
  const response = await fetch(`http://127.0.0.1:${plant.faultPort}/fault`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

function newest(listener: Listener, topic: string): unknown {
  const payload = listener.on(topic).at(-1)?.payload;
  return payload === undefined ? undefined : JSON.parse(payload);
}

describe("the hall", () => {
  it("publishes its climate and air each second and keeps doors and lights for those who come later", async () => {
    const hall = await hallOf();
    const listener = await listenerOn(hall);
    await expect
      .poll(() => newest(listener, "hall/climate"), { timeout: 5000 })
      .toEqual({ temperature: 21.4, humidity: 46, ts: expect.any(Number) });
    await expect
      .poll(() => newest(listener, "hall/air"), { timeout: 5000 })
      .toEqual({ pressure: 7, ts: expect.any(Number) });
    await expect.poll(() => listener.on("hall/lights/state")[0]?.retain, { timeout: 5000 }).toBe(true);
    hall.model.holdDoors("open");
    await expect.poll(() => newest(listener, "hall/doors/2"), { timeout: 5000 }).toMatchObject({ open: true });
  });

  it("lets nobody in with a wrong password, and speaks 3.1.1 only", async () => {
    const hall = await hallOf();
    const refusal = (options: object) =>
      mqtt
        .connectAsync(hall.url, { username: hall.user, password: hall.password, reconnectPeriod: 0, ...options })
        .then(
          async (client) => {
            await client.endAsync(true);
            return "came in";
          },
          (error: Error) => error.message,
        );
    expect(await refusal({ password: "wrong" })).toContain("Not authorized");
    expect(await refusal({ username: undefined, password: undefined })).toContain("Not authorized");
    expect(await refusal({ protocolVersion: 5, connectTimeout: 2000 })).not.toBe("came in");
    expect(await refusal({})).toBe("came in");
  });

  it("switches its lights and acknowledges it", async () => {
    const hall = await hallOf();
    const listener = await listenerOn(hall, "hall/lights/state");
    await listener.client.publishAsync("hall/lights/set", '{"level":35}');
    await expect
      .poll(() => newest(listener, "hall/lights/state"), { timeout: 5000 })
      .toMatchObject({ on: true, level: 35 });
    expect(hall.mqtt.writes.all()).toMatchObject([
      { topic: "hall/lights/set", payload: '{"level":35}', outcome: "done" },
    ]);
  });

  it.each(['{"level":101}', '{"level":"35"}', '{"dim":1}', "[]", "null", "{", "", '{"__proto__":1}'])(
    "changes nothing and acknowledges nothing for %j",
    async (payload) => {
      const hall = await hallOf();
      const listener = await listenerOn(hall, "hall/lights/state");
      await listener.client.publishAsync("hall/lights/set", payload, { qos: 1 });
      await expect.poll(() => hall.mqtt.writes.count).toBe(1);
      expect(hall.mqtt.writes.all()[0]?.outcome).toBe("refused");
      expect(hall.model.readings.lights).toEqual({ on: true, level: 80 });
    },
  );

  it("does not act on a retained command", async () => {
    const hall = await hallOf();
    const listener = await listenerOn(hall);
    await listener.client.publishAsync("hall/lights/set", '{"level":5}', { qos: 1, retain: true });
    await expect.poll(() => hall.mqtt.writes.all()[0]?.outcome).toBe("refused");
    expect(hall.model.readings.lights.level).toBe(80);
  });
});

describe("faults", () => {
  it("is silent on a topic, falsifies another, and leaves junk for those who come later until it is cleared", async () => {
    const hall = await hallOf();
    await fault(hall, { kind: "silence", topic: "hall/climate" });
    await fault(hall, { kind: "falsify", topic: "hall/air", payload: "7,1 bar" });
    await fault(hall, { kind: "junk", topic: "hall/old", payload: { temperature: -999 } });
    const listener = await listenerOn(hall);
    await expect.poll(() => listener.on("hall/air").at(-1)?.payload, { timeout: 5000 }).toBe("7,1 bar");
    await expect
      .poll(() => listener.on("hall/old")[0], { timeout: 5000 })
      .toEqual({ payload: '{"temperature":-999}', retain: true });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(listener.on("hall/climate")).toEqual([]);
    await fault(hall, { kind: "none" });
    await expect.poll(() => listener.on("hall/climate").length, { timeout: 5000 }).toBeGreaterThan(0);
    const later = await listenerOn(hall);
    await expect.poll(() => later.on("hall/lights/state").length, { timeout: 5000 }).toBe(1);
    expect(later.on("hall/old")).toEqual([]);
  });

  it("loses an acknowledge, rejects, and says so in the log", async () => {
    const hall = await hallOf();
    const listener = await listenerOn(hall, "hall/lights/state");
    await expect.poll(() => listener.on("hall/lights/state").length, { timeout: 5000 }).toBe(1);
    await fault(hall, { kind: "drop-acknowledge", times: 1 });
    await listener.client.publishAsync("hall/lights/set", '{"level":10}', { qos: 1 });
    await expect.poll(() => hall.model.readings.lights.level).toBe(10);
    await fault(hall, { kind: "reject-writes", times: 1 });
    await listener.client.publishAsync("hall/lights/set", '{"level":20}', { qos: 1 });
    await listener.client.publishAsync("hall/lights/set", '{"on":false}', { qos: 1 });
    await expect
      .poll(() => newest(listener, "hall/lights/state"), { timeout: 5000 })
      .toMatchObject({ on: false, level: 10 });
    expect(listener.on("hall/lights/state")).toHaveLength(2);
    const log = await (await fetch(`http://127.0.0.1:${hall.faultPort}/writes?since=1`)).json();
    expect(log).toMatchObject({
      count: 3,
      writes: [
        { seq: 2, outcome: "refused" },
        { seq: 3, outcome: "done", answered: true },
      ],
    });
  });

  it("restarts and forgets what was kept; clients come back by themselves", async () => {
    const hall = await hallOf();
    const listener = await listenerOn(hall);
    await listener.client.publishAsync("hall/note", "kept", { qos: 1, retain: true });
    const back = event(listener.client, "connect");
    await fault(hall, { kind: "restart" });
    await back;
    const later = await listenerOn(hall);
    await expect.poll(() => newest(later, "hall/climate"), { timeout: 5000 }).toBeDefined();
    expect(later.on("hall/note")).toEqual([]);
  });

  it("cuts the line and mends it on the same port; hung, it answers no ping", async () => {
    const hall = await hallOf();
    const listener = await listenerOn(hall);
    const gone = event(listener.client, "close");
    await fault(hall, { kind: "cut" });
    await gone;
    const back = event(listener.client, "connect");
    await fault(hall, { kind: "none" });
    await back;
    await fault(hall, { kind: "hang" });
    const count = listener.on("hall/climate").length;
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(listener.on("hall/climate").length).toBe(count);
    await fault(hall, { kind: "none" });
    await expect.poll(() => listener.on("hall/climate").length, { timeout: 5000 }).toBeGreaterThan(count);
  });

  it("refuses what it does not know, with the reason", async () => {
    const hall = await hallOf();
    for (const body of [{ kind: "explode" }, { kind: "junk", topic: "a/#" }, { kind: "silence", what: 1 }]) {
      expect(await fault(hall, body)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
    }
  });
});

describe("the broker's guard", () => {
  it("closes on a client that announces 256 MB before it has logged in", async () => {
    const hall = await hallOf();
    const socket = connectSocket(hall.mqttPort, "127.0.0.1");
    opened.push(() => socket.destroy());
    // A reset is as good as an end here.
    socket.on("error", () => undefined);
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await once(socket, "close");
  });

  it("keeps its own topics to itself", async () => {
    const hall = await hallOf();
    const { client } = await listenerOn(hall);
    const closed = event(client, "close");
    await client.publishAsync("$SYS/broker", "mine");
    await closed;
  });
});

describe("a burst that is more than its readers can take", () => {
  it("is let go beyond 20,000 messages, never what is retained, and all else arrives", async () => {
    const broker = new DemoBroker(
      { host: "127.0.0.1", port: 0 },
      { user: "u", password: "p", madeUp: false },
      () => undefined,
    );
    await broker.open();
    opened.push(() => broker.close());
    const listener = await listenerOn({ url: `mqtt://127.0.0.1:${broker.line.port}`, user: "u", password: "p" });
    for (let n = 0; n < 25_000; n += 1) broker.publish({ topic: `burst/${n}`, payload: "1", retain: false });
    broker.publish({ topic: "door", payload: "open", retain: true });
    expect(broker.state.letGo).toBe(5000);
    await expect.poll(() => listener.on("door").length, { timeout: 20_000 }).toBe(1);
    await expect.poll(() => listener.on("burst/19999").length, { timeout: 20_000 }).toBe(1);
    expect(listener.on("burst/20000")).toEqual([]);
    broker.publish({ topic: "after", payload: "1", retain: false });
    await expect.poll(() => listener.on("after").length, { timeout: 20_000 }).toBe(1);
  });
});

describe("the mill's vibration sensor", () => {
  it("publishes to the hall's broker once a second, and can be silent", async () => {
    const hall = await hallOf();
    const broker = { url: hall.url, user: hall.user, password: hall.password };
    const mill = await startMillingMachine({ broker, tickMs: 20 });
    opened.push(() => mill.close());
    const listener = await listenerOn(hall, "lab/#");
    await expect
      .poll(() => newest(listener, "lab/mill/vibration"), { timeout: 5000 })
      .toEqual({ rms: expect.any(Number), peak: expect.any(Number), ts: expect.any(Number) });
    expect((await fault(mill, { kind: "silence" })).status).toBe(400);
    expect((await fault(mill, { kind: "silence", face: "mqtt" })).status).toBe(200);
    const count = listener.on("lab/mill/vibration").length;
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(listener.on("lab/mill/vibration").length).toBeLessThanOrEqual(count + 1);
    expect(mill.model.readings.spindleRpm).toBe(6000);
  });
});

describe("scale", () => {
  it("publishes every topic once a second, evenly spread", async () => {
    const scale = await startScaleMqtt({ topics: 1000 });
    opened.push(() => scale.close());
    const { client } = await listenerOn(scale, "none");
    const counts = new Map<string, number>();
    client.on("message", (topic) => counts.set(topic, (counts.get(topic) ?? 0) + 1));
    await client.subscribeAsync("scale/#");
    await expect.poll(() => counts.size, { timeout: 5000 }).toBe(1000);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(2);
  });
});
