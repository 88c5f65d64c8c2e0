import { describe } from "vitest";
import type { Point } from "../../gateway/core/driver-port.ts";
import { Status } from "../../gateway/core/status.ts";
import type { DataType } from "../../gateway/core/value.ts";
import { modbus } from "../../gateway/drivers/modbus/manifest.ts";
import type { ModbusFaultInput } from "../../simulators/modbus/fault.ts";
import { startFurnace } from "../../simulators/plants/furnace/plant.ts";
import { noSerialPort, type SerialPortRig, serialPortTo } from "../rig/serial-port.ts";
import { describeDriver } from "./driver-conformance.ts";
import type { DriverPeer } from "./driver-rig.ts";
import { inOwnThread } from "./own-thread.ts";

/** A serial port here is one more process that a loaded machine lets wait. */
const timeouts = { mbap: 200, rtu: 400 };

function point(handle: number, address: object, writable = false): Point {
  const parsed = modbus.address.parse(address);
  return { handle, address: parsed, type: modbus.typeOf?.(parsed) as DataType, writable };
}

const fan = point(7, { table: "holding", register: 3, type: "uint16" }, true);
const stopRequest = point(12, { table: "coil", register: 0 }, true);

type Furnace = Awaited<ReturnType<typeof startFurnace>>;

/** A way to the furnace: its settings, what is no answer there, and what must be given back. */
interface Way {
  readonly settings: object;
  readonly nonsense: ModbusFaultInput;
  readonly port?: SerialPortRig;
}

async function tcp({ modbusPort }: Furnace): Promise<Way> {
  return {
    settings: { host: "127.0.0.1", port: modbusPort },
    nonsense: { kind: "falsify", what: "protocol", wrong: 0xbeef },
  };
}

async function rtuOverTcp({ modbusPort }: Furnace): Promise<Way> {
  return {
    settings: { transport: "rtu-tcp", host: "127.0.0.1", port: modbusPort },
    nonsense: { kind: "falsify", what: "checksum" },
  };
}

async function serial({ modbusPort }: Furnace): Promise<Way> {
  const port = await serialPortTo(modbusPort);
  return {
    settings: { transport: "rtu", serial: { path: port.path, baudRate: 115_200 } },
    nonsense: { kind: "falsify", what: "checksum" },
    port,
  };
}

/** The furnace with its process standing still, so that values can be compared exactly. */
async function startPeer(framing: "mbap" | "rtu", by: (furnace: Furnace) => Promise<Way>): Promise<DriverPeer> {
  const furnace = await startFurnace({ speed: 0, framing });
  const { faults, model, writes } = furnace;
  const now = model.readings;
  const way = await by(furnace);
  const timeoutMs = timeouts[framing];
  const settings = { ...way.settings, timeout: `${timeoutMs}ms` };
  return {
    device: { id: "furnace-plc", settings: modbus.settings.parse(settings), intervalMs: 100 },
    timeoutMs,
    points: [
      { point: point(0, { table: "input", register: 0, type: "float32" }), value: Math.fround(now.temperatureC) },
      {
        point: point(1, { register: "30003", type: "float32", wordOrder: "little" }),
        value: Math.fround(now.outputPercent),
      },
      { point: point(2, { table: "input", register: 4, type: "int16" }), value: Math.round(now.shellC * 10) },
      { point: point(3, { table: "input", register: 5, type: "uint32" }), value: Math.round(now.energyKWh * 100) },
      { point: point(4, { table: "input", register: 7, type: "float32" }), value: Math.fround(now.powerKW) },
      { point: point(5, { register: "40001", type: "float32" }), value: Math.fround(now.setpointC) },
      { point: point(6, { table: "holding", register: 2, type: "int16" }), value: Math.round(now.rampKPerMin * 10) },
      { point: fan, value: Math.round(now.fanPercent) },
      { point: point(8, { table: "discrete", register: 0 }), value: now.doorClosed },
      { point: point(9, { table: "discrete", register: 1 }), value: now.keyRemote },
      { point: point(10, { register: "10003" }), value: now.running },
      { point: point(11, { table: "discrete", register: 3 }), value: now.tripped },
      { point: stopRequest, value: false },
    ],
    broken: { point: point(20, { table: "input", register: 12 }), status: Status.Bad_ConfigurationError },
    writable: { point: fan, values: [41, 43], refused: 60_000 },
    stop: { point: stopRequest, value: true },
    change() {
      model.set("fanPercent", 77);
      return 77;
    },
    received: () => writes.all().map((write) => (write.function === 5 ? "stop" : "writable")),
    faults: {
      silence: () => faults.set({ kind: "drop" }),
      async cut() {
        await way.port?.pull();
        await faults.set({ kind: "cut" });
      },
      delay: (ms) => faults.set({ kind: "delay", ms }),
      dropWriteAnswer: () => faults.set({ kind: "drop-write-answer", times: 1 }),
      answerLate: () => faults.set({ kind: "late", times: 1 }),
      garbage: () => faults.set(way.nonsense),
      async clear() {
        await faults.clear();
        await way.port?.plug();
      },
    },
    async [Symbol.asyncDispose]() {
      await way.port?.[Symbol.asyncDispose]();
      await furnace.close();
    },
  };
}

const { capabilities } = modbus;
const load = () => modbus.load();
const apart = inOwnThread(modbus);
describeDriver({ driver: "modbus", capabilities, load, start: () => startPeer("mbap", tcp) });
describeDriver({ driver: "modbus, apart", capabilities, ...apart, start: () => startPeer("mbap", tcp) });
describeDriver({ driver: "modbus, RTU over TCP", capabilities, load, start: () => startPeer("rtu", rtuOverTcp) });
describeDriver({
  ...{ driver: "modbus, RTU over TCP, apart", capabilities, ...apart },
  start: () => startPeer("rtu", rtuOverTcp),
});
describe.skipIf(noSerialPort !== undefined)("a serial port", () => {
  describeDriver({ driver: "modbus, RTU", capabilities, load, start: () => startPeer("rtu", serial) });
});
