import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { isGood, Status } from "../../gateway/core/status.ts";
import { toJson, type Value } from "../../gateway/core/value.ts";
import { noSerialPort, serialPortTo } from "../rig/serial-port.ts";
import { modbusDevice, modbusPoint, openModbus, readAll, writeOne } from "./modbus-channel.ts";
import { type PythonPeer, startPymodbus } from "./modbus-python-peer.ts";

let started: Awaited<ReturnType<typeof startPymodbus>>;

beforeAll(async () => {
  started = await startPymodbus("rtu");
});

afterAll(() => ("peer" in started ? started.peer.close() : undefined));

function peerOf(context: TestContext): PythonPeer {
  return "peer" in started ? started.peer : context.skip(started.missing);
}

const timeout = "400ms";
const lines = {
  async "RTU over TCP"(peer: PythonPeer) {
    return { transport: "rtu-tcp", host: "127.0.0.1", port: peer.port, timeout };
  },
  async "RTU on a serial port"(peer: PythonPeer, context: TestContext) {
    if (noSerialPort !== undefined) context.skip(noSerialPort);
    const port = await serialPortTo(peer.port);
    onTestFinished(() => port[Symbol.asyncDispose]());
    return { transport: "rtu", host: undefined, serial: { path: port.path, baudRate: 115_200 }, timeout };
  },
};

describe.each(Object.entries(lines))("%s, against pymodbus", (_, settingsFor) => {
  const open = async (context: TestContext, more: object = {}) => {
    const peer = peerOf(context);
    const settings = await settingsFor(peer, context);
    return { peer, settings, ...(await openModbus([modbusDevice("plc", { ...settings, ...more })])) };
  };

  it("reads every table, type, word and byte order as Python wrote it", async (context) => {
    const { peer, channel } = await open(context);
    const points = peer.expected.map(({ address }, handle) => modbusPoint(handle, address));
    const readings = await readAll(channel, "plc", points);
    expect(peer.expected.length).toBeGreaterThan(160);
    for (const [index, { address, value }] of peer.expected.entries()) {
      const { status, value: read = null } = readings[index] ?? {};
      expect({ address, status, value: toJson(read) }).toEqual({ address, status: Status.Good, value });
    }
    expect(channel.statistics().detail).toMatchObject({ strays: 0, malformed: 0, timeouts: 0 });
  });

  it("writes by every function, and Python reads what was written", async (context) => {
    const { peer, settings, channel } = await open(context);
    const values: [object, Value][] = [
      [{ table: "holding", register: 240, type: "int16" }, -2],
      [{ table: "holding", register: 241, type: "float32", wordOrder: "little" }, -0.5],
      [{ table: "holding", register: 243, type: "uint64" }, 2n ** 64n - 3n],
      [{ table: "holding", register: 247, type: "string", length: 7, byteOrder: "little" }, "Ricetta"],
      [{ table: "holding", register: 251, type: "bcd32", wordOrder: "little" }, 87_654_321],
      [{ table: "coil", register: 2999 }, true],
    ];
    for (const [address, value] of values) {
      const point = modbusPoint(1, address, true);
      expect(await writeOne(channel, "plc", point, value)).toMatchObject({ outcome: "written" });
      expect(await peer.ask(address)).toEqual(toJson(value));
      expect(await readAll(channel, "plc", [point])).toEqual([{ value, status: Status.Good }]);
    }
    const word = { table: "holding", register: 255, type: "uint16" };
    await writeOne(channel, "plc", modbusPoint(2, word, true), 0b1010);
    await writeOne(channel, "plc", modbusPoint(3, { table: "holding", register: 255, bit: 2 }, true), true);
    expect(await peer.ask(word)).toBe(0b1110);
    await channel.close();
    const { channel: many } = await openModbus([modbusDevice("plc", { ...settings, alwaysMultiple: true })]);
    await writeOne(many, "plc", modbusPoint(2, word, true), 77);
    await writeOne(many, "plc", modbusPoint(4, { table: "coil", register: 2999 }, true), false);
    expect([await peer.ask(word), await peer.ask({ table: "coil", register: 2999 })]).toEqual([77, false]);
  });

  it("keeps a register that does not exist, and a unit that is not there, from spoiling the others", async (context) => {
    const peer = peerOf(context);
    const settings = await settingsFor(peer, context);
    const { channel, lost } = await openModbus([
      modbusDevice("plc", settings),
      modbusDevice("gone", { ...settings, timeout: "100ms", unitId: 99 }),
      modbusDevice("same", { ...settings, unitId: 17 }),
    ]);
    const points = [297, 298, 299, 300, 301].map((register) => modbusPoint(register, { table: "holding", register }));
    for (let cycle = 0; cycle < 3; cycle++) {
      const [plc = [], gone = [], same = []] = await Promise.all(
        ["plc", "gone", "same"].map((device) => readAll(channel, device, points)),
      );
      for (const readings of [plc, same]) {
        expect(readings.slice(0, 3).every(({ status }) => isGood(status))).toBe(true);
        expect(readings[4]?.status).toBe(Status.Bad_ConfigurationError);
      }
      expect(gone[0]?.status).toBe(cycle < 2 ? Status.Bad_Timeout : Status.Bad_NoCommunication);
    }
    expect(channel.statistics().detail).toMatchObject({ setAside: "gone" });
    expect(lost).toEqual([]);
  });

  it("finds a device again that stood still (SIGSTOP), and takes none of its late answers", async (context) => {
    const { peer, channel, lost } = await open(context, { timeout: "300ms" });
    const point = modbusPoint(1, { table: "holding", register: 10, type: "int16" });
    const other = modbusPoint(2, { table: "holding", register: 11, type: "int16", byteOrder: "little" });
    const good = await readAll(channel, "plc", [point]);
    expect(good).toEqual([{ value: -12345, status: Status.Good }]);
    peer.process.kill("SIGSTOP");
    try {
      for (let n = 0; n < 2; n++) expect((await readAll(channel, "plc", [other]))[0]?.status).toBe(Status.Bad_Timeout);
    } finally {
      peer.process.kill("SIGCONT");
    }
    await expect.poll(() => readAll(channel, "plc", [point]), { timeout: 5_000, interval: 50 }).toEqual(good);
    // A loaded machine may miss one in time; none may bring the other register's value.
    for (let n = 0; n < 5; n++) expect([-12345, null]).toContain((await readAll(channel, "plc", [point]))[0]?.value);
    expect(lost).toEqual([]);
  });
});

describe("a serial port", () => {
  it("that is not there, or is none, or is taken, is said in words", async (context) => {
    const peer = peerOf(context);
    if (noSerialPort !== undefined) context.skip(noSerialPort);
    await using port = await serialPortTo(peer.port);
    const open = (path: string) =>
      openModbus([modbusDevice("plc", { transport: "rtu", host: undefined, serial: { path } })]);
    await expect(open("/dev/plancia-none")).rejects.toThrow("/dev/plancia-none: there is no such port");
    await expect(open("/dev/null")).rejects.toThrow("/dev/null: this is no serial port");
    await open(port.path);
    await expect(open(port.path)).rejects.toThrow("another program has it open");
  });

  it("that is pulled out is lost, once", async (context) => {
    const peer = peerOf(context);
    if (noSerialPort !== undefined) context.skip(noSerialPort);
    await using port = await serialPortTo(peer.port);
    const settings = { transport: "rtu", host: undefined, serial: { path: port.path }, timeout };
    const { channel, lost } = await openModbus([modbusDevice("plc", settings)]);
    const point = modbusPoint(1, { table: "holding", register: 10, type: "int16" });
    expect((await readAll(channel, "plc", [point]))[0]?.status).toBe(Status.Good);
    await port.pull();
    const ended = () =>
      readAll(channel, "plc", [point]).then(
        () => "went on",
        () => "lost",
      );
    await expect.poll(ended, { timeout: 5_000 }).toBe("lost");
    await expect.poll(() => lost, { timeout: 5_000 }).toMatchObject([{ code: "device/connection-lost" }]);
    await expect(readAll(channel, "plc", [point])).rejects.toMatchObject({ code: "device/connection-lost" });
  });
});
