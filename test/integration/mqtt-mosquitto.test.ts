import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqttClient, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Channel, Point, Reading } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { Status } from "../../gateway/core/status.ts";
import type { DataType } from "../../gateway/core/value.ts";
import { createChannel } from "../../gateway/drivers/mqtt/driver.ts";
import { MqttAddress, MqttSettings } from "../../gateway/drivers/mqtt/settings.ts";
import { systemClock, systemTimers } from "../../gateway/kit/clock.ts";

const mosquitto = "/usr/sbin/mosquitto";
const missing = existsSync(mosquitto) ? undefined : "mosquitto is not installed (Debian package mosquitto)";

let folder: string;
let plainPort: number;
let tlsPort: number;
/** Where only a client certificate opens. */
let certificatePort: number;
let broker: ChildProcess;
let machine: MqttClient;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An authority and a certificate for `localhost` signed by it; openssl comes with every Debian. */
function makeCertificates(): void {
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=test ca",
  );
  openssl(
    "req",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "broker.key",
    "-out",
    "broker.csr",
    "-subj",
    "/CN=localhost",
  );
  writeFileSync(join(folder, "san.cnf"), "subjectAltName=DNS:localhost\n");
  openssl(
    "x509",
    "-req",
    "-in",
    "broker.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-out",
    "broker.pem",
    "-days",
    "2",
    "-extfile",
    "san.cnf",
  );
  openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "us.key", "-out", "us.csr", "-subj", "/CN=plancia");
  openssl("x509", "-req", "-in", "us.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "us.pem", "-days", "2");
}

async function startBroker(): Promise<void> {
  broker = spawn(mosquitto, ["-c", join(folder, "mosquitto.conf")], { stdio: "ignore" });
  machine = mqttClient.connect(`mqtt://127.0.0.1:${plainPort}`, {
    username: "machine",
    password: "secret",
    reconnectPeriod: 50,
  });
  await new Promise<void>((resolve) => machine.once("connect", () => resolve()));
}

async function killBroker(): Promise<void> {
  const gone = new Promise((resolve) => broker.once("exit", resolve));
  broker.kill("SIGKILL");
  await gone;
  await machine.endAsync(true);
}

beforeAll(async () => {
  if (missing) return;
  folder = mkdtempSync(join(tmpdir(), "plancia-mqtt-"));
  makeCertificates();
  plainPort = await freePort();
  tlsPort = await freePort();
  certificatePort = await freePort();
  writeFileSync(join(folder, "passwords"), "plancia:secret\nmachine:secret\n", { mode: 0o600 });
  execFileSync("mosquitto_passwd", ["-U", join(folder, "passwords")], { stdio: "ignore" });
  const conf = [
    `listener ${plainPort} 127.0.0.1`,
    `listener ${tlsPort} 127.0.0.1`,
    `cafile ${folder}/ca.pem`,
    `certfile ${folder}/broker.pem`,
    `keyfile ${folder}/broker.key`,
    `listener ${certificatePort} 127.0.0.1`,
    `cafile ${folder}/ca.pem`,
    `certfile ${folder}/broker.pem`,
    `keyfile ${folder}/broker.key`,
    "require_certificate true",
    "use_identity_as_username true",
    "allow_anonymous false",
    `password_file ${folder}/passwords`,
    "persistence false",
    "user root",
  ];
  writeFileSync(join(folder, "mosquitto.conf"), `${conf.join("\n")}\n`);
  await startBroker();
}, 60_000);

afterAll(async () => {
  if (missing) return;
  await killBroker();
  rmSync(folder, { recursive: true, force: true });
});

/** One channel with its subscription, and what it brought. */
class Listener {
  readonly heard: { handle: number; reading: Reading }[] = [];
  readonly lost: Error[] = [];
  readonly channel: Channel;
  readonly #points: readonly Point[];
  readonly #abort = new AbortController();
  #wake: () => void = () => undefined;

  constructor(settings: object, points: readonly { address: object; type?: DataType }[]) {
    const parsed = MqttSettings.parse({
      url: `mqtt://127.0.0.1:${plainPort}`,
      user: "plancia",
      password: "secret",
      ...settings,
    });
    this.#points = points.map(({ address, type = "double" }, handle) => ({
      handle,
      address: MqttAddress.parse(address),
      type,
      writable: true,
    }));
    this.channel = createChannel([{ id: "hall", settings: parsed, intervalMs: 1000 }], {
      folder,
      log: silentLog,
      clock: systemClock,
      timers: systemTimers,
      lost: (error) => {
        this.lost.push(error);
        this.#wake();
      },
    });
  }

  async open(): Promise<void> {
    await this.channel.connect(AbortSignal.timeout(5000));
    const sink = {
      readings: (_device: string, handles: readonly number[], readings: readonly Reading[]): void => {
        handles.forEach((handle, i) => void this.heard.push({ handle, reading: readings[i] as Reading }));
        this.#wake();
      },
      alive: (): void => undefined,
    };
    await this.channel.subscribe?.("hall", this.#points, sink, this.#abort.signal);
  }

  write(handle: number, value: number | boolean | string, notAfterMs = systemClock.monotonicMs() + 5000) {
    const point = this.#points[handle] as Point;
    return this.channel.write?.({ device: "hall", point, value, notAfterMs, lane: "normal" });
  }

  async until(done: () => boolean): Promise<void> {
    const end = Date.now() + 8000;
    while (!done()) {
      if (Date.now() > end) throw new Error(`not in time; heard ${JSON.stringify(this.heard)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

describe.skipIf(missing)("the MQTT driver on Mosquitto", () => {
  it.each([
    ["3.1.1", {}],
    ["5", { version: "5" }],
  ])("hears values with version %s", async (_name, settings) => {
    const listener = new Listener(settings, [{ address: { topic: "hall/climate", path: "/humidity" } }]);
    await listener.open();
    machine.publish("hall/climate", '{"humidity":45.5}');
    await listener.until(() => listener.heard.length > 0);
    expect(listener.heard[0]).toMatchObject({ handle: 0, reading: { value: 45.5, status: Status.Good } });
    await listener.channel.close();
    expect(listener.lost).toEqual([]);
  });

  it.each(["3.1.1", "5"])("goes over TLS with version %s, the certificate checked", async (version) => {
    const ca = execFileSync("cat", [join(folder, "ca.pem")], { encoding: "utf8" });
    const listener = new Listener({ url: `mqtts://localhost:${tlsPort}`, ca, version }, [
      { address: { topic: "hall/x" } },
    ]);
    await listener.open();
    machine.publish("hall/x", "7");
    await listener.until(() => listener.heard.length > 0);
    await listener.channel.close();
  });

  const pem = (name: string): string => readFileSync(join(folder, name), "utf8");

  it("shows its client certificate, and is refused without one with the right code", async () => {
    const url = `mqtts://localhost:${certificatePort}`;
    const trusting = { url, ca: pem("ca.pem"), user: undefined, password: undefined };
    const listener = new Listener({ ...trusting, cert: pem("us.pem"), key: pem("us.key") }, [
      { address: { topic: "hall/certified" } },
    ]);
    await listener.open();
    machine.publish("hall/certified", "8");
    await listener.until(() => listener.heard.length > 0);
    await listener.channel.close();
    await expect(new Listener(trusting, []).open()).rejects.toMatchObject({ code: "device/settings" });
  });

  it.each(["3.1.1", "5"])("with version %s tells of itself by a last will, whichever way it goes", async (version) => {
    const topic = `gateways/${version}`;
    const told: string[] = [];
    await machine.subscribeAsync(topic);
    const tell = (on: string, payload: Uint8Array): void => void (on === topic && told.push(payload.toString()));
    machine.on("message", tell);
    const listener = new Listener({ version, will: { topic } }, []);
    await listener.open();
    await listener.until(() => told.length === 1);
    await listener.channel.close();
    await listener.until(() => told.length === 2);
    expect(told).toEqual(["online", "offline"]);
    machine.off("message", tell);
    await machine.publishAsync(topic, "", { retain: true });
  });

  it.each(["3.1.1", "5"])(
    "R4, R16: what a kept session (%s) brings late is old, answers nothing and is followed by news",
    async (version) => {
      const base = `late/${version}`;
      const clientId = `kept-${version}`;
      const address = {
        topic: `${base}/state`,
        qos: 1,
        write: { topic: `${base}/set` },
        acknowledge: { topic: `${base}/state` },
        acknowledgeWithin: "500ms",
      };
      const points = [{ address }];
      const settings = { version, clientId, session: {} };
      const first = new Listener(settings, points);
      await first.open();
      machine.publish(`${base}/state`, "1");
      await first.until(() => first.heard.length === 1);
      expect(first.heard[0]?.reading).toMatchObject({ value: 1, status: Status.Good });
      const got: string[] = [];
      await machine.subscribeAsync(`${base}/set`);
      const note = (on: string, payload: Uint8Array): void =>
        void (on === `${base}/set` && got.push(payload.toString()));
      machine.on("message", note);
      expect(await first.write(0, 5)).toMatchObject({ outcome: "unknown" });
      await first.channel.close();
      // More than a broker has under way at once, and among them the answer to a write that is still to come.
      for (let n = 1; n <= 60; n++) await machine.publishAsync(`${base}/state`, String(n), { qos: 1 });
      const next = new Listener(settings, points);
      await next.open();
      await next.until(() => next.heard.length === 60 && next.channel.statistics().detail?.["session"] === "live");
      expect(next.heard.map(({ reading }) => reading.value)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
      for (const { reading } of next.heard)
        expect(reading).toMatchObject({ status: Status.Uncertain_LastUsableValue, unproven: true });
      machine.publish(`${base}/state`, "99");
      await next.until(() => next.heard.length === 61);
      expect(next.heard[60]?.reading).toMatchObject({ value: 99, status: Status.Good });
      expect(got).toEqual(["5"]);
      machine.off("message", note);
      await next.channel.close();
    },
  );

  it.each(["3.1.1", "5"])("with version %s hears by one filter, and names what is no tag", async (version) => {
    const topics = [{ filter: `rule-${version}/{equipment}/{tag}` }];
    const listener = new Listener({ version, topics }, [
      { address: { topic: `rule-${version}/press/speed` } },
      { address: { topic: `rule-${version}/press/count`, qos: 1 } },
    ]);
    await listener.open();
    machine.publish(`rule-${version}/press/speed`, "1");
    machine.publish(`rule-${version}/press/count`, "2", { qos: 1 });
    machine.publish(`rule-${version}/press/strange`, "3");
    machine.publish(`rule-${version}/press/speed/deeper`, "4");
    await listener.until(() => listener.channel.statistics().unmapped?.count === 1 && listener.heard.length === 2);
    expect(listener.heard.map(({ handle, reading }) => [handle, reading.value]).sort()).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(listener.channel.statistics().unmapped?.last).toEqual([`rule-${version}/press/strange`]);
    await listener.channel.close();
  });

  it.each([
    ["a certificate of an unknown authority", () => ({ url: `mqtts://localhost:${tlsPort}` }), "device/untrusted"],
    ["a wrong password", () => ({ password: "wrong" }), "device/settings"],
    ["a port where nobody listens", () => ({ url: "mqtt://127.0.0.1:1" }), "device/connection-lost"],
  ])("refuses %s with the right code", async (_name, settings, code) => {
    const listener = new Listener(settings(), []);
    await expect(listener.open()).rejects.toMatchObject({ code });
  });

  it("does not believe a retained message because it carries a time, nor take it for a sign of life", async () => {
    const body = JSON.stringify({ value: 21.5, at: Date.now() - 3 * 86_400_000 });
    // Acknowledged: else the broker might take the subscription before it, and give it as news.
    await machine.publishAsync("hall/kept", body, { retain: true, qos: 1 });
    const address = { topic: "hall/kept", path: "/value", timestamp: { path: "/at", format: "ms" } };
    const listener = new Listener({}, [{ address }]);
    await listener.open();
    await listener.until(() => listener.heard.length === 1);
    expect(listener.heard[0]?.reading).toMatchObject({ status: Status.Uncertain_LastUsableValue, unproven: true });
    await machine.publishAsync("hall/kept", "", { retain: true });
    await listener.channel.close();
  });

  it("does not believe a retained message, until a live one comes", async () => {
    await machine.publishAsync("hall/retained", "1", { retain: true, qos: 1 });
    const listener = new Listener({}, [{ address: { topic: "hall/retained" } }]);
    await listener.open();
    await listener.until(() => listener.heard.length === 1);
    machine.publish("hall/retained", "2");
    await listener.until(() => listener.heard.length === 2);
    expect(listener.heard.map((each) => each.reading.status)).toEqual([Status.Uncertain_LastUsableValue, Status.Good]);
    await machine.publishAsync("hall/retained", "", { retain: true });
    await listener.channel.close();
  });

  it("turns values Uncertain when the last will says that the device is gone", async () => {
    const availability = { topic: "hall/status", offline: "gone" };
    const listener = new Listener({ availability }, [{ address: { topic: "hall/y" } }]);
    await listener.open();
    machine.publish("hall/y", "3");
    await listener.until(() => listener.heard.length === 1);
    machine.publish("hall/status", "gone");
    await listener.until(() => listener.heard.length === 2);
    expect(listener.heard[1]?.reading).toMatchObject({ value: 3, status: Status.Uncertain_LastUsableValue });
    await listener.channel.close();
  });

  it("writes once, unretained, and takes the device's acknowledgement", async () => {
    const address = {
      topic: "lamp/state",
      write: { topic: "lamp/set" },
      acknowledge: { topic: "lamp/state" },
      acknowledgeWithin: "300ms",
    };
    const listener = new Listener({}, [{ address, type: "boolean" }]);
    await listener.open();
    const got: { payload: string; retain: boolean; qos: number }[] = [];
    let reply: string | undefined = "true";
    await machine.subscribeAsync("lamp/set");
    const answer = (topic: string, payload: Uint8Array, packet: { retain: boolean; qos: number }): void => {
      if (topic !== "lamp/set") return;
      got.push({ payload: payload.toString(), retain: packet.retain, qos: packet.qos });
      if (reply !== undefined) machine.publish("lamp/state", reply);
    };
    machine.on("message", answer);
    expect(await listener.write(0, true)).toMatchObject({ outcome: "written" });
    reply = "false";
    expect(await listener.write(0, true)).toMatchObject({ outcome: "rejected" });
    reply = undefined;
    expect(await listener.write(0, true)).toMatchObject({ outcome: "unknown" });
    expect(await listener.write(0, true, systemClock.monotonicMs() - 1)).toMatchObject({
      outcome: "not-sent",
      reason: "expired",
    });
    expect(got).toEqual([1, 2, 3].map(() => ({ payload: "true", retain: false, qos: 0 })));
    machine.off("message", answer);
    await listener.channel.close();
    expect(await listener.write(0, true)).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
  });

  it("F28: says that a killed broker is lost, sends nothing to the next one, and a new channel hears again", async () => {
    const address = { topic: "hall/z", write: { topic: "hall/z/set" } };
    const listener = new Listener({}, [{ address }]);
    await listener.open();
    await killBroker();
    await listener.until(() => listener.lost.length > 0);
    expect(await listener.write(0, 5)).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
    await listener.channel.close();
    await startBroker();
    const got: string[] = [];
    await machine.subscribeAsync("hall/z/set");
    machine.on("message", (topic) => void got.push(topic));
    const next = new Listener({}, [{ address }]);
    await next.open();
    machine.publish("hall/z", "9");
    await next.until(() => next.heard.length > 0);
    expect(next.heard[0]?.reading.value).toBe(9);
    expect(got).toEqual([]);
    await next.channel.close();
    expect(listener.lost.length).toBeGreaterThan(0);
  });

  it("survives bad payloads and says which values they cost", async () => {
    const listener = new Listener({ maxPayload: 1000 }, [{ address: { topic: "bad/x", path: "/v" } }]);
    await listener.open();
    for (const payload of ["", "{", '{"v":"x"}', Buffer.from([0xff, 0xfe]), "x".repeat(2000), '{"v":1}'])
      machine.publish("bad/x", payload);
    await listener.until(() => listener.heard.some((each) => each.reading.value === 1));
    expect(listener.heard).toHaveLength(5);
    expect(listener.channel.statistics().detail).toMatchObject({ oversize: 1, undecodable: 1 });
    await listener.channel.close();
  });
});

if (missing) it("MQTT against Mosquitto", (context) => context.skip(missing));
