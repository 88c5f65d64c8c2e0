import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { Aedes } from "aedes";
import mqttClient, { type MqttClient } from "mqtt";
import { afterAll } from "vitest";
import type { Point } from "../../gateway/core/driver-port.ts";
import { Status } from "../../gateway/core/status.ts";
import type { DataType, Value } from "../../gateway/core/value.ts";
import { mqtt } from "../../gateway/drivers/mqtt/manifest.ts";
import { describeDriver } from "./driver-conformance.ts";
import type { DriverPeer } from "./driver-rig.ts";
import { FaultyLink } from "./faulty-link.ts";
import { inOwnThread } from "./own-thread.ts";

const timeoutMs = 400;

/** A machine's values, as it says them all in one message. */
const still = {
  Boolean: true,
  Int16: -7,
  UInt32: 4_000_000_000,
  Int64: "-9007199254740993",
  Float: 1.5,
  Double: 0.1,
  String: "ok",
};

function point(handle: number, address: object, type: DataType, writable = false): Point {
  return { handle, address: mqtt.address.parse(address), type, writable };
}

function written(handle: number, name: "Target" | "Stop", type: DataType): Point {
  const write = { topic: `plant/${name}/set`, path: "/value" };
  const acknowledge = { topic: `plant/${name}/done`, path: "/value" };
  const address = { topic: "plant/state", path: `/${name}`, write, acknowledge, acknowledgeWithin: `${timeoutMs}ms` };
  return point(handle, address, type, true);
}

const writable = written(10, "Target", "uint16");
const stop = written(11, "Stop", "boolean");
const types: readonly (readonly [keyof typeof still, DataType, Value])[] = [
  ["Boolean", "boolean", true],
  ["Int16", "int16", -7],
  ["UInt32", "uint32", 4_000_000_000],
  ["Int64", "int64", -9_007_199_254_740_993n],
  ["Float", "float", 1.5],
  ["Double", "double", 0.1],
  ["String", "string", "ok"],
];

/** The machine; one broker serves all tests, the driver's connections go through a link of each test. */
const state = { Target: 5, Stop: false, received: [] as ("writable" | "stop")[], dropAnswer: false };
let running: { readonly broker: Aedes; readonly server: Server; readonly machine: MqttClient } | undefined;

async function startBroker() {
  const broker = await Aedes.createBroker();
  // Torn connections and rubbish are what these tests make.
  for (const fault of ["clientError", "connectionError"] as const) broker.on(fault, () => undefined);
  const server = createServer({ noDelay: true }, (socket) => broker.handle(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const machine = mqttClient.connect(`mqtt://127.0.0.1:${portOf(server)}`);
  machine.on("message", (topic, payload) => obey(machine, topic, payload));
  await machine.subscribeAsync("plant/+/set");
  return { broker, server, machine };
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

/** Carries out what it can hold and repeats what it then holds. */
function obey(machine: MqttClient, topic: string, payload: Buffer): void {
  const name = topic.split("/")[1] as "Target" | "Stop";
  state.received.push(name === "Stop" ? "stop" : "writable");
  const { value } = JSON.parse(payload.toString()) as { value: unknown };
  if (value !== 60_000) Object.assign(state, { [name]: value });
  if (!state.dropAnswer) machine.publish(`plant/${name}/done`, JSON.stringify({ value: state[name] }));
  state.dropAnswer = false;
}

function announce(machine: MqttClient): void {
  machine.publish("plant/state", JSON.stringify({ ...still, Target: state.Target, Stop: state.Stop }));
  machine.publish("plant/level", " 12,5\n");
}

function talkNonsense(machine: MqttClient): void {
  const payloads = [
    "",
    "{",
    "[]",
    "null",
    '"text"',
    '{"Target":"x"}',
    '{"__proto__":{"Target":1}}',
    "[".repeat(20_000),
  ];
  for (const payload of [...payloads, Buffer.from([0xff, 0xfe, 0x00]), "x".repeat(300_000)])
    machine.publish("plant/state", payload);
}

async function startPeer(): Promise<DriverPeer> {
  running ??= await startBroker();
  const { machine, server } = running;
  Object.assign(state, { Target: 5, Stop: false, received: [], dropAnswer: false });
  const link = await FaultyLink.open(portOf(server));
  const settings = { url: `mqtt://127.0.0.1:${link.port}`, keepalive: "1s" };
  return {
    device: { id: "plc", settings: mqtt.settings.parse(settings), intervalMs: 100 },
    timeoutMs,
    points: [
      ...types.map(([name, type, value], handle) => ({
        point: point(handle, { topic: "plant/state", path: `/${name}` }, type),
        value,
      })),
      { point: point(9, { topic: "plant/level", decimal: "," }, "double"), value: 12.5 },
      { point: writable, value: 5 },
      { point: stop, value: false },
    ],
    broken: { point: point(20, { topic: "plant/state", path: "/Nobody" }, "double"), status: Status.Bad_NoData },
    writable: { point: writable, values: [41, 43], refused: 60_000 },
    stop: { point: stop, value: true },
    change() {
      state.Target = 77;
      return 77;
    },
    announce: () => announce(machine),
    received: () => [...state.received],
    faults: {
      silence: async () => link.silence(),
      cut: () => link.cut(),
      delay: async (ms) => link.delay(ms),
      dropWriteAnswer: async () => void Object.assign(state, { dropAnswer: true }),
      garbage: async () => link.garbage(),
      nonsense: () => talkNonsense(machine),
      clear: () => link.clear(),
    },
    [Symbol.asyncDispose]: () => link.cut(),
  };
}

afterAll(async () => {
  if (!running) return;
  await running.machine.endAsync(true);
  running.server.close();
  await new Promise<void>((resolve) => running?.broker.close(() => resolve()));
});

describeDriver({ driver: "mqtt", capabilities: mqtt.capabilities, load: () => mqtt.load(), start: startPeer });
describeDriver({ driver: "mqtt, apart", capabilities: mqtt.capabilities, ...inOwnThread(mqtt), start: startPeer });
