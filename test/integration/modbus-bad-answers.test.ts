import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { Status } from "../../gateway/core/status.ts";
import { modbusDevice, modbusPoint, openModbus, readAll, writeOne } from "./modbus-channel.ts";

/** What the peer says to a request: hex, in which `T` is the request's transaction id and `|` starts a new segment. */
type Script = (transaction: number, number: number) => string | undefined;

/** A peer of raw bytes: it knows nothing of Modbus but where a request ends and its id. */
async function startRawPeer(script: Script): Promise<number> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      const said = script(bytes.readUInt16BE(0), ++count);
      for (const [index, part] of (said ?? "").split("|").entries()) {
        const answer = Buffer.from(part.replaceAll("T", id(bytes.readUInt16BE(0))).replaceAll(" ", ""), "hex");
        if (answer.length > 0) setTimeout(() => socket.write(answer), index * 2);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}

const id = (transaction: number) => transaction.toString(16).padStart(4, "0");
const twoRegisters = modbusPoint(0, { table: "holding", register: 0, type: "uint32" }, true);
const good = "T 0000 0007 01 03 04 0000002a";
const single = [...good.replaceAll(" ", "").replace("T", "").matchAll(/../g)].join("|");

/** Bytes behind one read of two registers from unit 1, and the reading; `lost`: the connection is reset and the read ends. */
const rows: { name: string; bytes: string; expected: number | "lost" | "good" }[] = [
  { name: "the right answer", bytes: good, expected: "good" },
  { name: "the right answer in single bytes", bytes: `T|${single}`, expected: "good" },
  { name: "the right answer twice in one segment", bytes: good + good, expected: "good" },
  { name: "the right answer with the start of garbage behind it", bytes: `${good} 0000`, expected: "good" },
  { name: "one register too few", bytes: "T 0000 0005 01 03 02 002a", expected: Status.Bad_DecodingError },
  { name: "one register too many", bytes: "T 0000 0009 01 03 06 0000002a0000", expected: Status.Bad_DecodingError },
  { name: "a byte count that lies", bytes: "T 0000 0007 01 03 08 0000002a", expected: Status.Bad_DecodingError },
  { name: "another unit", bytes: "T 0000 0007 02 03 04 0000002a", expected: Status.Bad_DecodingError },
  { name: "another function", bytes: "T 0000 0007 01 04 04 0000002a", expected: Status.Bad_DecodingError },
  { name: "an exception without a code", bytes: "T 0000 0002 01 83", expected: Status.Bad_DecodingError },
  { name: "exception 2", bytes: "T 0000 0003 01 83 02", expected: Status.Bad_ConfigurationError },
  { name: "exception 4", bytes: "T 0000 0003 01 83 04", expected: Status.Bad_DeviceFailure },
  { name: "exception 6, again and again", bytes: "T 0000 0003 01 83 06", expected: Status.Bad_ResourceUnavailable },
  { name: "exception 11", bytes: "T 0000 0003 01 83 0b", expected: Status.Bad_NoCommunication },
  { name: "silence", bytes: "", expected: Status.Bad_Timeout },
  { name: "an answer that stops in the middle", bytes: "T 0000 0007 01 03 04 00", expected: "lost" },
  { name: "length field 0", bytes: "T 0000 0000 01 03 04 0000002a", expected: "lost" },
  { name: "length field 65535", bytes: "T 0000 ffff 01 03 04 0000002a", expected: "lost" },
  { name: "protocol id 1", bytes: "T 0001 0007 01 03 04 0000002a", expected: "lost" },
  { name: "a transaction never asked", bytes: "7777 0000 0007 01 03 04 0000002a", expected: "lost" },
  { name: "a web server", bytes: Buffer.from("HTTP/1.1 400 Bad\r\n\r\n").toString("hex"), expected: "lost" },
  { name: "a megabyte of ones", bytes: "ff".repeat(1_048_576), expected: "lost" },
];

describe("answers that are none", () => {
  it.each(rows)("$name", async ({ bytes, expected }) => {
    const port = await startRawPeer(() => bytes);
    const { channel, lost } = await openModbus([modbusDevice("plc", { port, timeout: "150ms" })]);
    const outcome = await readAll(channel, "plc", [twoRegisters]).catch((error: unknown) => error);
    if (expected === "good") expect(outcome).toEqual([{ value: 42, status: Status.Good }]);
    // After a time-out in the middle of a frame the reading is Bad and the connection goes behind it.
    else if (expected !== "lost") expect(outcome).toEqual([{ value: null, status: expected }]);
    if (expected !== "lost") expect(lost).toEqual([]);
    else {
      await expect.poll(() => lost, { timeout: 1_000 }).toMatchObject([{ code: "device/connection-lost" }]);
      if (Array.isArray(outcome)) expect(outcome).toEqual([{ value: null, status: Status.Bad_Timeout }]);
      else expect(outcome).toMatchObject({ code: "device/connection-lost" });
    }
  });

  it("goes on reading the same connection after an answer that did not fit", async () => {
    const port = await startRawPeer((_, number) => (number === 1 ? "T 0000 0007 09 03 04 0000002a" : good));
    const { channel } = await openModbus([modbusDevice("plc", { port, timeout: "150ms" })]);
    expect((await readAll(channel, "plc", [twoRegisters]))[0]?.status).toBe(Status.Bad_DecodingError);
    expect(await readAll(channel, "plc", [twoRegisters])).toEqual([{ value: 42, status: Status.Good }]);
    expect(channel.statistics().detail).toMatchObject({ malformed: 1 });
  });

  it("does not take the answer to the first request for that to the 257th", async () => {
    let first = 0;
    const port = await startRawPeer((transaction, number) => {
      if (number === 1) first = transaction;
      if (number === 1) return undefined;
      return number === 257 ? `${id(first)} 0000 0007 01 03 04 deadbeef ${good}` : good;
    });
    const { channel, lost } = await openModbus([modbusDevice("plc", { port, timeout: "100ms" })]);
    expect((await readAll(channel, "plc", [twoRegisters]))[0]?.status).toBe(Status.Bad_Timeout);
    for (let number = 2; number <= 258; number++) {
      expect(await readAll(channel, "plc", [twoRegisters])).toEqual([{ value: 42, status: Status.Good }]);
    }
    expect(channel.statistics().detail).toMatchObject({ strays: 1 });
    expect(lost).toEqual([]);
  });
});

describe("answers to a write that prove nothing", () => {
  it.each([
    ["the echo of another value", "T 0000 0006 01 10 0000 0001", "unknown"],
    ["the answer to another function", "T 0000 0006 01 06 0000 0002", "unknown"],
    ["another unit", "T 0000 0006 02 10 0000 0002", "unknown"],
    ["silence", "", "unknown"],
    ["garbage", "ff".repeat(20), "unknown"],
    ["exception 5, acknowledge", "T 0000 0003 01 90 05", "unknown"],
    ["exception 11, the gateway heard nothing", "T 0000 0003 01 90 0b", "unknown"],
    ["exception 3", "T 0000 0003 01 90 03", "rejected"],
    ["exception 6, busy", "T 0000 0003 01 90 06", "rejected"],
    ["the right echo", "T 0000 0006 01 10 0000 0002", "written"],
  ])("%s", async (_, bytes, outcome) => {
    let requests = 0;
    const port = await startRawPeer((__, number) => {
      requests = number;
      return bytes;
    });
    const { channel } = await openModbus([modbusDevice("plc", { port, timeout: "150ms" })]);
    expect(await writeOne(channel, "plc", twoRegisters, 7)).toMatchObject({ outcome });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(requests).toBe(1);
  });
});
