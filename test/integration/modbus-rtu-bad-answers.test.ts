import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { Status } from "../../gateway/core/status.ts";
import { checksum } from "../../simulators/modbus/rtu-frame.ts";
import { noSerialPort, serialPortTo } from "../rig/serial-port.ts";
import { modbusDevice, modbusPoint, openModbus, readAll, writeOne } from "./modbus-channel.ts";

/** What the peer says to the n-th request, hex: a frame gets its checksum, what stands in brackets goes as it is. */
type Script = (number: number) => string;

function wire(text: string): Buffer {
  const parts = text.split(/(\[[^\]]*\])/).map((part) => {
    const bytes = Buffer.from(part.replace(/[[\] ]/g, ""), "hex");
    if (part.startsWith("[") || bytes.length === 0) return bytes;
    const sum = Buffer.alloc(2);
    sum.writeUInt16LE(checksum(bytes));
    return Buffer.concat([bytes, sum]);
  });
  return Buffer.concat(parts);
}

/** A peer of raw bytes on a TCP port: each piece that comes is a request. */
async function startRawPeer(script: Script): Promise<{ port: number; requests(): number }> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.on("error", () => socket.destroy());
    socket.on("data", () => void socket.write(wire(script(++count))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { port: (server.address() as AddressInfo).port, requests: () => count };
}

const twoRegisters = modbusPoint(0, { table: "holding", register: 0, type: "uint32" }, true);
const timeout = "600ms";
const lines = {
  "RTU over TCP": async (port: number) => ({ transport: "rtu-tcp", port, timeout }),
  "RTU on a serial port": async (tcpPort: number) => {
    const port = await serialPortTo(tcpPort);
    onTestFinished(() => port[Symbol.asyncDispose]());
    return { transport: "rtu", host: undefined, serial: { path: port.path, baudRate: 115_200 }, timeout };
  },
};

const good = "01 03 04 0000002a";
/** Bytes behind one read of two registers from unit 1, and the reading. */
const rows: [string, string, number | "good"][] = [
  ["the right answer", good, "good"],
  ["the right answer twice", `${good} [${wire(good).toString("hex")}]`, "good"],
  ["the right answer behind noise", `[00 ff] ${good}`, "good"],
  ["the right answer behind another unit's", `[${wire("02 03 04 deadbeef").toString("hex")}] ${good}`, "good"],
  ["a wrong checksum", "[01 03 04 0000002a 0000]", Status.Bad_DecodingError],
  ["one register too few", "01 03 02 002a", Status.Bad_DecodingError],
  ["one register too many", "01 03 06 0000002a0000", Status.Bad_DecodingError],
  ["a byte count that lies", "01 03 08 0000002a", Status.Bad_DecodingError],
  ["another unit", "02 03 04 0000002a", Status.Bad_DecodingError],
  ["another function", "01 04 04 0000002a", Status.Bad_DecodingError],
  ["exception 2", "01 83 02", Status.Bad_ConfigurationError],
  ["exception 4", "01 83 04", Status.Bad_DeviceFailure],
  ["exception 6, again and again", "01 83 06", Status.Bad_ResourceUnavailable],
  ["exception 11", "01 83 0b", Status.Bad_NoCommunication],
  ["silence", "", Status.Bad_Timeout],
  ["an answer that stops in the middle", "[01 03 04 00]", Status.Bad_DecodingError],
  ["a web server", `[${Buffer.from("HTTP/1.1 400 Bad\r\n\r\n").toString("hex")}]`, Status.Bad_DecodingError],
  ["a hundred thousand ones", `[${"ff".repeat(100_000)}]`, Status.Bad_DecodingError],
];
const writes: [string, string, string][] = [
  ["the echo of another start", "01 10 0001 0002", "unknown"],
  ["another unit", "02 10 0000 0002", "unknown"],
  ["silence", "", "unknown"],
  ["noise", `[${"ff".repeat(20)}]`, "unknown"],
  ["exception 5, acknowledge", "01 90 05", "unknown"],
  ["exception 3", "01 90 03", "rejected"],
  ["the right echo", "01 10 0000 0002", "written"],
];

describe.each(Object.entries(lines))("%s: answers that are none", (name, settingsFor) => {
  it.for(rows)("%s", async ([, bytes, expected], context) => {
    if (name.includes("serial") && noSerialPort !== undefined) context.skip(noSerialPort);
    let lied = false;
    const peer = await startRawPeer(() => (lied ? good : bytes));
    const { channel, lost } = await openModbus([modbusDevice("plc", await settingsFor(peer.port))]);
    const outcome = await readAll(channel, "plc", [twoRegisters]);
    const wanted = { value: 42, status: Status.Good };
    expect(outcome).toEqual([expected === "good" ? wanted : { value: null, status: expected }]);
    lied = true;
    // The same channel reads on; a refused point is asked again after its pause, by a person's read at once.
    const again = () => channel.read?.("plc", [twoRegisters], new AbortController().signal, "verify");
    await expect.poll(again, { timeout: 10_000 }).toEqual([wanted]);
    expect(lost).toEqual([]);
  });

  it.for(writes)("to a write: %s", async ([, bytes, outcome], context) => {
    if (name.includes("serial") && noSerialPort !== undefined) context.skip(noSerialPort);
    const peer = await startRawPeer(() => bytes);
    const { channel } = await openModbus([modbusDevice("plc", await settingsFor(peer.port))]);
    expect(await writeOne(channel, "plc", twoRegisters, 7)).toMatchObject({ outcome });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(peer.requests()).toBe(1);
  });
});
