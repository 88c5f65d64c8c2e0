import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { isGood, Status } from "../../gateway/core/status.ts";
import { toJson, type Value } from "../../gateway/core/value.ts";
import { noSerialPort, serialPair } from "../rig/serial-port.ts";
import { modbusDevice, modbusPoint, openModbus, readAll, writeOne } from "./modbus-channel.ts";
import { type PythonPeer, type PythonStarted, startLibmodbus } from "./modbus-python-peer.ts";

const peers = new Map<string, PythonStarted & { readonly settings?: object }>();
const ends: (() => PromiseLike<void>)[] = [];
const timeout = "1s";

beforeAll(async () => {
  const tcp = await startLibmodbus();
  peers.set("Modbus TCP", "peer" in tcp ? { ...tcp, settings: { port: tcp.peer.port, timeout } } : tcp);
  if ("peer" in tcp) ends.push(() => tcp.peer.close());
  if (noSerialPort !== undefined || "missing" in tcp) {
    peers.set("RTU on a serial port", { missing: noSerialPort ?? ("missing" in tcp ? tcp.missing : "") });
    return;
  }
  const pair = await serialPair();
  ends.push(() => pair[Symbol.asyncDispose]());
  const rtu = await startLibmodbus(pair.paths[1]);
  const serial = { path: pair.paths[0], baudRate: 115_200 };
  peers.set("RTU on a serial port", { ...rtu, settings: { transport: "rtu", host: undefined, serial, timeout } });
  if ("peer" in rtu) ends.push(() => rtu.peer.close());
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

const holding = (register: number, more: object = {}) => ({ table: "holding", register, ...more });

describe.each(["Modbus TCP", "RTU on a serial port"])("%s, against libmodbus", (way) => {
  const on = (context: TestContext): { peer: PythonPeer; settings: object } => {
    const started = peers.get(way);
    if (!started || "missing" in started) return context.skip(started?.missing ?? "libmodbus did not start");
    return { peer: started.peer, settings: started.settings ?? {} };
  };
  const open = async (context: TestContext, more: object = {}) => {
    const { peer, settings } = on(context);
    await peer.ask({ functions: true });
    const opened = await openModbus([modbusDevice("plc", { ...settings, ...more })]);
    onTestFinished(() => opened.channel.close());
    return { peer, settings, ...opened };
  };

  it("reads every table, type, word and byte order as the mapping holds it", async (context) => {
    const { peer, channel } = await open(context);
    const points = peer.expected.map(({ address }, handle) => modbusPoint(handle, address));
    const readings = await readAll(channel, "plc", points);
    expect(peer.expected.length).toBeGreaterThan(160);
    for (const [index, { address, value }] of peer.expected.entries()) {
      const { status, value: read = null } = readings[index] ?? {};
      expect({ address, status, value: toJson(read) }).toEqual({ address, status: Status.Good, value });
    }
    expect(new Set((await peer.ask({ functions: true })) as number[])).toEqual(new Set([1, 2, 3, 4]));
    expect(channel.statistics().detail).toMatchObject({ strays: 0, malformed: 0, timeouts: 0 });
  });

  it.for<[object, Value, number]>([
    [{ type: "int16" }, -2, 6],
    [{ type: "uint16", byteOrder: "little" }, 513, 6],
    [{ type: "bcd16" }, 1975, 6],
    [{ type: "int32", wordOrder: "little" }, -70_000, 16],
    [{ type: "uint32", byteOrder: "little" }, 4_000_000_000, 16],
    [{ type: "bcd32", wordOrder: "little" }, 87_654_321, 16],
    [{ type: "int64" }, -9_007_199_254_740_993n, 16],
    [{ type: "uint64", wordOrder: "little", byteOrder: "little" }, 2n ** 64n - 3n, 16],
    [{ type: "float32" }, Math.fround(851.3), 16],
    [{ type: "float32", wordOrder: "little" }, -0.5, 16],
    [{ type: "float64", wordOrder: "little" }, 1e-300, 16],
    [{ type: "string", length: 7, byteOrder: "little" }, "Ricetta", 16],
  ])("writes %j so that the mapping holds %s, by function %i", async ([layout, value, code], context) => {
    const { peer, channel } = await open(context);
    const address = holding(200, layout);
    const point = modbusPoint(1, address, true);
    expect(await writeOne(channel, "plc", point, value)).toMatchObject({ outcome: "written" });
    expect(await peer.ask({ functions: true })).toEqual([code]);
    expect(await peer.ask(address)).toEqual(toJson(value));
    expect(await readAll(channel, "plc", [point])).toEqual([{ value, status: Status.Good }]);
  });

  it.for<[boolean | "coils" | "registers", number[]]>([
    [false, [5, 5, 6, 22, 22]],
    [true, [15, 15, 16, 22, 22]],
    ["coils", [15, 15, 6, 22, 22]],
    ["registers", [5, 5, 16, 22, 22]],
  ])(
    "writes coils, registers and bits, always several: %s, by functions %j",
    async ([alwaysMultiple, codes], context) => {
      const { peer, channel } = await open(context, { alwaysMultiple });
      const coil = { table: "coil", register: 2999 };
      for (const value of [true, false]) {
        await writeOne(channel, "plc", modbusPoint(1, coil, true), value);
        expect(await peer.ask(coil)).toBe(value);
      }
      const word = holding(230, { type: "uint16" });
      await writeOne(channel, "plc", modbusPoint(2, word, true), 0b1010);
      const bit = modbusPoint(3, holding(230, { bit: 2 }), true);
      await writeOne(channel, "plc", bit, true);
      expect(await peer.ask(word)).toBe(0b1110);
      await writeOne(channel, "plc", bit, false);
      expect(await peer.ask(word)).toBe(0b1010);
      expect(await peer.ask({ functions: true })).toEqual(codes);
    },
  );

  it.for([
    [1, Status.Bad_NotSupported, "rejected"],
    [2, Status.Bad_ConfigurationError, "rejected"],
    [3, Status.Bad_ConfigurationError, "rejected"],
    [4, Status.Bad_DeviceFailure, "rejected"],
    [5, Status.Bad_ResourceUnavailable, "unknown"],
    [6, Status.Bad_ResourceUnavailable, "rejected"],
    [7, Status.Bad_DeviceFailure, "rejected"],
    [8, Status.Bad_DeviceFailure, "rejected"],
    [10, Status.Bad_NoCommunication, "rejected"],
    [11, Status.Bad_NoCommunication, "unknown"],
  ] as const)("takes exception %i for what it is, reading and writing", async ([code, status, outcome], context) => {
    const { peer, channel } = await open(context);
    const point = modbusPoint(1, holding(400 + code), true);
    const written = await writeOne(channel, "plc", point, 1);
    expect(written).toMatchObject({ outcome, detail: expect.stringContaining(`exception ${code}, `) });
    expect(await peer.ask({ functions: true })).toEqual([6]);
    expect(await readAll(channel, "plc", [point])).toEqual([{ value: null, status }]);
  });

  it("keeps registers that do not exist from spoiling their neighbours", async (context) => {
    const { channel } = await open(context);
    const points = [297, 298, 299, 300, 301].map((register) => modbusPoint(register, holding(register)));
    for (let cycle = 0; cycle < 2; cycle++) {
      const statuses = (await readAll(channel, "plc", points)).map(({ status }) => status);
      expect(statuses.slice(0, 3).every(isGood)).toBe(true);
      expect(statuses.slice(3)).toEqual([Status.Bad_ConfigurationError, Status.Bad_ConfigurationError]);
    }
  });

  it("sets a dead unit aside, and the living one answers on", async (context) => {
    const { settings } = on(context);
    // A libmodbus server on a serial line takes the message after a request to another unit for that one's answer.
    const { channel, lost } = await openModbus([
      modbusDevice("plc", { ...settings, retries: 1 }),
      modbusDevice("gone", { ...settings, timeout: "100ms", unitId: 99 }),
    ]);
    const point = modbusPoint(1, holding(10, { type: "int16" }));
    for (let cycle = 0; cycle < 3; cycle++) {
      const [gone = [], plc = []] = await Promise.all(["gone", "plc"].map((id) => readAll(channel, id, [point])));
      expect(plc).toEqual([{ value: -12345, status: Status.Good }]);
      expect(gone[0]?.status).toBe(cycle < 2 ? Status.Bad_Timeout : Status.Bad_NoCommunication);
    }
    expect(lost).toEqual([]);
  });

  it("takes nothing that answers under another transaction or unit", async (context) => {
    const { channel, settings } = await open(context);
    const wrong = await readAll(channel, "plc", [modbusPoint(1, holding(420))]).catch((error: unknown) => error);
    if (way === "Modbus TCP") expect(wrong).toMatchObject({ code: "device/connection-lost" });
    else {
      expect(wrong).toMatchObject([{ value: null }]);
      expect(channel.statistics().detail).toMatchObject({ malformed: expect.toSatisfy((n: number) => n > 0) });
    }
    await channel.close();
    const again = await openModbus([modbusDevice("plc", settings)]);
    const right = modbusPoint(2, holding(10, { type: "int16" }));
    expect(await readAll(again.channel, "plc", [right])).toEqual([{ value: -12345, status: Status.Good }]);
  });
});

describe("Modbus TCP, against libmodbus", () => {
  it("puts an answer together that comes byte by byte", async (context) => {
    const started = peers.get("Modbus TCP");
    if (!started || "missing" in started) context.skip(started?.missing ?? "libmodbus did not start");
    const { channel } = await openModbus([modbusDevice("plc", { ...started?.settings, timeout: "5s" })]);
    const readings = await readAll(channel, "plc", [modbusPoint(1, holding(421))]);
    expect(readings).toEqual([{ value: 0x4711, status: Status.Good }]);
  });

  it("reads the same with small blocks and several requests in flight", async (context) => {
    const started = peers.get("Modbus TCP");
    if (!started || "missing" in started) return context.skip(started?.missing ?? "libmodbus did not start");
    const { peer, settings } = started;
    const more = { maxRegisters: 9, maxBits: 7, depth: 8, unitId: 17 };
    const { channel } = await openModbus([modbusDevice("plc", { ...settings, ...more })]);
    const points = peer.expected.map(({ address }, handle) => modbusPoint(handle, address));
    const readings = await readAll(channel, "plc", points);
    expect(readings.map(({ value }) => toJson(value))).toEqual(peer.expected.map(({ value }) => value));
    expect(channel.statistics().requests).toBeGreaterThan(30);
  });
});
