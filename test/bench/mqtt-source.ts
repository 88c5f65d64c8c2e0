import { createServer, type Socket } from "node:net";

/**
 * A broker that only pours: every subscriber of any topic gets all of them, evenly spread over each period, as
 * QoS 0. It says the port that it listens on. A real broker needs more processor for 20,000 messages a second than
 * who hears them (MQTT 3.1.1 §3).
 */
const [count = "10000", updatesPerS = "2"] = process.argv.slice(2);
const topics = Number(count);
const tickMs = 10;
const perTick = (topics * Number(updatesPerS) * tickMs) / 1000;
const hearers = new Set<Socket>();

function packet(type: number, body: Buffer): Buffer {
  const length: number[] = [];
  for (let left = body.length; length.length === 0 || left > 0; left >>>= 7) {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

function publish(index: number, value: number, ts: number): Buffer {
  const topic = `scale/${String(index).padStart(5, "0")}`;
  return packet(0x30, Buffer.from(`\0${String.fromCharCode(topic.length)}${topic}{"value":${value},"ts":${ts}}`));
}

/** The first whole packet, or undefined while it is not all here. */
function firstOf(bytes: Buffer): { type: number; body: Buffer; rest: Buffer } | undefined {
  let length = 0;
  for (let at = 1; at < bytes.length; at++) {
    const digit = bytes[at] ?? 0;
    length += (digit & 0x7f) * 128 ** (at - 1);
    if (digit & 0x80) continue;
    const end = at + 1 + length;
    if (bytes.length < end) return undefined;
    return { type: (bytes[0] ?? 0) >> 4, body: bytes.subarray(at + 1, end), rest: bytes.subarray(end) };
  }
  return undefined;
}

function granted(subscribe: Buffer): Buffer {
  let filters = 0;
  for (let at = 2; at < subscribe.length; at += 3 + subscribe.readUInt16BE(at)) filters++;
  return packet(0x90, Buffer.concat([subscribe.subarray(0, 2), Buffer.alloc(filters)]));
}

const server = createServer((socket) => {
  let held = Buffer.alloc(0);
  socket.on("error", () => undefined).on("close", () => hearers.delete(socket));
  socket.on("data", (bytes) => {
    held = Buffer.concat([held, bytes]);
    for (let next = firstOf(held); next; next = firstOf(held)) {
      held = Buffer.from(next.rest);
      if (next.type === 1) socket.write(packet(0x20, Buffer.alloc(2)));
      if (next.type === 8) socket.write(granted(next.body));
      if (next.type === 8) hearers.add(socket);
      if (next.type === 12) socket.write(packet(0xd0, Buffer.alloc(0)));
    }
  });
});

let sent = 0;
const startedMs = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - startedMs) / tickMs) * perTick);
  // What a standstill of our own has missed is not made up for in one burst.
  sent = Math.max(sent, due - topics);
  const parts: Buffer[] = [];
  for (; sent < due; sent++) parts.push(publish(sent % topics, Math.floor(sent / topics) / 100, Date.now()));
  const all = Buffer.concat(parts);
  for (const socket of hearers) if (socket.writableLength < 1_000_000) socket.write(all);
}, tickMs);

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
