import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { isGood, Status } from "../../gateway/core/status.ts";
import { toJson, type Value } from "../../gateway/core/value.ts";
import { modbusDevice, modbusPoint, openModbus, readAll, writeOne } from "./modbus-channel.ts";
import { type PythonPeer, startPymodbus } from "./modbus-python-peer.ts";

let started: Awaited<ReturnType<typeof startPymodbus>>;

beforeAll(async () => {
  started = await startPymodbus();
});

afterAll(() => ("peer" in started ? started.peer.close() : undefined));

function peerOf(context: TestContext): PythonPeer {
  return "peer" in started ? started.peer : context.skip(started.missing);
}

const open = (peer: PythonPeer, more: object = {}) =>
  openModbus([modbusDevice("plc", { port: peer.port, timeout: "500ms", ...more })]);

describe("against pymodbus", () => {
  it("reads every table, type, word and byte order as Python wrote it", async (context) => {
    const peer = peerOf(context);
    const { channel } = await open(peer);
    const points = peer.expected.map(({ address }, handle) => modbusPoint(handle, address));
    const readings = await readAll(channel, "plc", points);
    expect(peer.expected.length).toBeGreaterThan(140);
    for (const [index, { address, value }] of peer.expected.entries()) {
      const reading = readings[index];
      expect({ address, status: reading?.status, value: toJson(reading?.value ?? null) }).toEqual({
        address,
        status: Status.Good,
        value,
      });
    }
    // Few requests: 40 bits, 40 bits, 130 registers (two blocks) each.
    expect(channel.statistics().requests).toBe(6);
  });

  it("reads the same with small blocks and several requests in flight", async (context) => {
    const peer = peerOf(context);
    const { channel } = await open(peer, { maxRegisters: 9, maxBits: 7, depth: 8, unitId: 17 });
    const points = peer.expected.map(({ address }, handle) => modbusPoint(handle, address));
    const readings = await readAll(channel, "plc", points);
    expect(readings.map(({ value }) => toJson(value))).toEqual(peer.expected.map(({ value }) => value));
    expect(channel.statistics().requests).toBeGreaterThan(30);
  });

  it.for<[object, Value]>([
    [{ type: "int16" }, -2],
    [{ type: "uint16", byteOrder: "little" }, 513],
    [{ type: "int32", wordOrder: "little" }, -70_000],
    [{ type: "uint32", byteOrder: "little" }, 4_000_000_000],
    [{ type: "int64" }, -9_007_199_254_740_993n],
    [{ type: "uint64", wordOrder: "little", byteOrder: "little" }, 2n ** 64n - 3n],
    [{ type: "float32" }, Math.fround(851.3)],
    [{ type: "float32", wordOrder: "little" }, -0.5],
    [{ type: "float64", wordOrder: "little" }, 1e-300],
    [{ type: "string", length: 7, byteOrder: "little" }, "Ricetta"],
  ])("writes %j so that Python reads %s", async ([layout, value], context) => {
    const peer = peerOf(context);
    const address = { table: "holding", register: 200, ...layout };
    const { channel } = await open(peer);
    const point = modbusPoint(1, address, true);
    expect(await writeOne(channel, "plc", point, value)).toMatchObject({ outcome: "written" });
    expect(await peer.ask(address)).toEqual(toJson(value));
    expect(await readAll(channel, "plc", [point])).toEqual([{ value, status: Status.Good }]);
  });

  it.for([false, true, "coils", "registers"])(
    "writes coils, registers and single bits (always several: %s)",
    async (alwaysMultiple, context) => {
      const peer = peerOf(context);
      const { channel } = await open(peer, { alwaysMultiple });
      const coil = { table: "coil", register: 2999 };
      for (const value of [true, false]) {
        await writeOne(channel, "plc", modbusPoint(1, coil, true), value);
        expect(await peer.ask(coil)).toBe(value);
      }
      const word = { table: "holding", register: 230, type: "uint16" };
      await writeOne(channel, "plc", modbusPoint(2, word, true), 0b1010);
      const bit = modbusPoint(3, { table: "holding", register: 230, bit: 2 }, true);
      await writeOne(channel, "plc", bit, true);
      expect(await peer.ask(word)).toBe(0b1110);
      await writeOne(channel, "plc", bit, false);
      expect(await peer.ask(word)).toBe(0b1010);
    },
  );

  it("keeps a register that does not exist from spoiling its neighbours", async (context) => {
    const { channel } = await open(peerOf(context));
    const points = [296, 297, 298, 299, 300, 301].map((register) =>
      modbusPoint(register, { table: "holding", register }),
    );
    for (let cycle = 0; cycle < 2; cycle++) {
      const statuses = (await readAll(channel, "plc", points)).map(({ status }) => status);
      expect(statuses.slice(0, 4).every(isGood)).toBe(true);
      expect(statuses.slice(4)).toEqual([Status.Bad_ConfigurationError, Status.Bad_ConfigurationError]);
    }
    expect(await writeOne(channel, "plc", modbusPoint(1, { table: "holding", register: 400 }, true), 1)).toMatchObject({
      outcome: "rejected",
      status: Status.Bad_ConfigurationError,
      detail: "exception 2, illegal data address",
    });
  });

  it("says that a unit is not there", async (context) => {
    const { channel } = await open(peerOf(context), { unitId: 99 });
    const [reading] = await readAll(channel, "plc", [modbusPoint(1, { table: "holding", register: 0 })]);
    // pymodbus keeps silent about units that it does not have.
    expect(reading).toEqual({ value: null, status: Status.Bad_Timeout });
  });

  it("gives up a server that is frozen (SIGSTOP), and finds it again when it goes on", async (context) => {
    const peer = peerOf(context);
    const point = modbusPoint(1, { table: "holding", register: 10, type: "int16" });
    const { channel, lost } = await open(peer, { timeout: "100ms" });
    expect(isGood((await readAll(channel, "plc", [point]))[0]?.status ?? Status.Bad)).toBe(true);
    peer.process.kill("SIGSTOP");
    try {
      for (const status of [Status.Bad_Timeout, Status.Bad_Timeout, Status.Bad_NoCommunication]) {
        expect(await readAll(channel, "plc", [point])).toEqual([{ value: null, status }]);
      }
      expect(lost).toMatchObject([{ code: "device/connection-lost", message: "3 requests without an answer" }]);
      // The system still takes connections for a frozen process: connecting proves nothing.
      const again = await open(peer, { timeout: "100ms" });
      expect((await readAll(again.channel, "plc", [point]))[0]?.status).toBe(Status.Bad_Timeout);
    } finally {
      peer.process.kill("SIGCONT");
    }
    const after = await open(peer);
    expect(await readAll(after.channel, "plc", [point])).toEqual([{ value: -12345, status: Status.Good }]);
  });
});
