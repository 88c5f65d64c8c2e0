import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiServer, type LiveClient } from "./api-server.ts";

/** RELIABILITY, bad input, WebSocket: the process lives, others are unaffected. */
let server: ApiServer;
let witness: LiveClient;
let value = 0;

beforeEach(async () => {
  server = await new ApiServer().start();
  witness = await server.watch("viewer", ["press/speed"]);
});

afterEach(() => server.stop());

/** Another reader still gets a change at once. */
async function othersAreUnaffected(): Promise<void> {
  await sleep(60);
  witness.received.length = 0;
  const began = performance.now();
  server.bench.set("press/speed", ++value);
  const { samples } = await witness.next("samples");
  expect(samples[0]?.[1]).toBe(value);
  expect(performance.now() - began).toBeLessThan(1000);
}

async function signedIn(): Promise<LiveClient> {
  const client = await server.watch("operator", ["oven/temperature"]);
  client.received.length = 0;
  return client;
}

/** A client frame with a mask of zeros (RFC 6455 §5.2): `first` is FIN and opcode. */
function frame(first: number, payload: Buffer): Buffer {
  const length = payload.length;
  const header =
    length < 126
      ? Buffer.from([first, 0x80 | length])
      : length < 65_536
        ? Buffer.from([first, 0xfe, length >> 8, length & 255])
        : Buffer.concat([
            Buffer.from([first, 0xff, 0, 0, 0, 0]),
            Buffer.from(new Uint32Array([length]).buffer).swap32(),
          ]);
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}

/** A socket below the WebSocket library, past the upgrade. */
async function rawSocket(): Promise<{ socket: Socket; closed: Promise<void>; bytes: () => Buffer }> {
  const socket = connect(server.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  const key = randomBytes(16).toString("base64");
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(
    `GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: plancia.v1\r\n\r\n`,
  );
  await new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      resolve();
    });
  });
  expect(Buffer.concat(chunks).toString()).toContain("101 Switching Protocols");
  chunks.length = 0;
  return { socket, closed, bytes: () => Buffer.concat(chunks) };
}

/** The code of a close frame among what the gateway sent. */
function closeCodeIn(bytes: Buffer): number | undefined {
  const at = bytes.indexOf(0x88);
  return at < 0 || bytes.length < at + 4 ? undefined : bytes.readUInt16BE(at + 2);
}

describe("the upgrade", () => {
  it.each([
    ["https://evil.example", 403],
    ["null", 403],
    [undefined, 101],
  ])("from the origin %s answers %i", async (origin, status) => {
    const client = server.open(origin === undefined ? {} : { headers: { origin } });
    expect(await client.opened).toBe(status);
  });

  it("from our own page passes", async () => {
    expect(await server.open({ headers: { origin: server.url } }).opened).toBe(101);
  });

  it("with another subprotocol is refused", async () => {
    expect(await server.open({ protocol: "mqtt" }).opened).toBe(400);
  });

  it("is refused when all places are taken", async () => {
    const small = await new ApiServer().start({ limits: { live: { sockets: 1 } } });
    await small.watch("viewer", ["press/speed"]);
    expect(await small.open().opened).toBe(429);
    await small.stop();
  });

  it("finds a place beside 250 of an address that say nothing, and takes none from another address", async () => {
    const other = server.open({ from: "127.0.0.3" });
    await other.opened;
    const silent = Array.from({ length: 250 }, () => server.open({ from: "127.0.0.2" }));
    await Promise.all(silent.map((each) => each.opened));
    const back = await server.watch("operator", ["press/speed"]);
    expect([back.socket.readyState, other.socket.readyState, witness.socket.readyState]).toEqual([1, 1, 1]);
    await sleep(100);
    expect(silent.filter(({ socket }) => socket.readyState === 1).length).toBeLessThan(200);
    await othersAreUnaffected();
  });
});

describe("a socket that misbehaves", () => {
  it("with a frame of 1 MB is closed", async () => {
    const client = await signedIn();
    client.say("x".repeat(1024 * 1024));
    expect(await client.closed).toBe(1009);
    await othersAreUnaffected();
  });

  it("with 10,000 small messages is closed", async () => {
    const client = await signedIn();
    for (let n = 0; n < 10_000; n++) client.say(`{"type":"unsubscribe","id":${n}}`);
    expect(await client.closed).toBe(4429);
    await othersAreUnaffected();
  });

  it("with endless fragments is closed, whether they are empty or not", async () => {
    for (const payload of [Buffer.alloc(0), Buffer.from("a")]) {
      const { socket, closed, bytes } = await rawSocket();
      socket.write(frame(0x01, payload));
      for (let n = 0; n < 2000 && !socket.destroyed; n++) socket.write(frame(0x00, payload));
      await closed;
      expect(closeCodeIn(bytes())).toBe(1008);
    }
    await othersAreUnaffected();
  });

  it.each([
    ["invalid UTF-8", frame(0x81, Buffer.from([0xc3, 0x28])), 1007],
    ["a lone surrogate", frame(0x81, Buffer.from([0xed, 0xa0, 0x80])), 1007],
    ["reserved bits", frame(0xf1, Buffer.from("{}")), 1002],
    ["an unknown opcode", frame(0x83, Buffer.from("{}")), 1002],
    ["no mask", Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
    ["a header that promises 2^40 bytes", Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ])("with %s is closed", async (_what, bytesSent, code) => {
    const { socket, closed, bytes } = await rawSocket();
    socket.write(bytesSent);
    await closed;
    expect(closeCodeIn(bytes())).toBe(code);
    await othersAreUnaffected();
  });

  it("with unknown types is told, then closed", async () => {
    const client = await signedIn();
    for (const type of ["__proto__", "constructor", "lease-alive"]) client.say({ type });
    expect((await client.next("error")).code).toBe("request/invalid");
    expect(await client.closed).toBe(4400);
    await othersAreUnaffected();
  });

  it("with 10,000 levels of JSON is told", async () => {
    const client = await signedIn();
    client.say(`{"type":"subscribe","id":1,"tags":${"[".repeat(10_000)}${"]".repeat(10_000)}}`);
    expect((await client.next("error")).code).toBe("request/invalid");
    await othersAreUnaffected();
  });

  it("with binary frames is told", async () => {
    const client = await signedIn();
    client.socket.send(Buffer.from('{"type":"unsubscribe","id":1}'));
    expect((await client.next("error")).code).toBe("request/invalid");
  });

  it("that never says who it is is closed after its time", async () => {
    const impatient = await new ApiServer().start({ limits: { live: { authenticateMs: 100 } } });
    const client = impatient.open();
    await client.opened;
    expect(await client.closed).toBe(4401);
    await impatient.stop();
  });

  it("that reads nothing costs bounded memory, gets the newest when it reads again, and delays nobody", async () => {
    const slow = await signedIn();
    slow.say({ type: "subscribe", id: 1, tags: ["oven/note"], intervalMs: 50 });
    await slow.next("samples");
    slow.socket.pause();
    const text = "x".repeat(200_000);
    for (let n = 0; n < 60; n++) {
      server.bench.set("oven/note", `${n} ${text}`);
      await sleep(55);
    }
    await othersAreUnaffected();
    const { frames } = server.api.live.statistics();
    expect(frames).toBeLessThan(60);
    slow.received.length = 0;
    slow.socket.resume();
    const conflated = await slow.next("conflated");
    expect(conflated.count).toBeGreaterThan(0);
    const { samples } = await slow.next("samples");
    expect(String(samples[0]?.[1]).slice(0, 3)).toBe("59 ");
  });
});

describe("rights over a real socket", () => {
  it("end within a second of the change, and nothing comes after", async () => {
    const guest = await server.watch("inside", ["press/speed"]);
    const now = Date.now();
    server.bench.people.book("inside", { equipment: "press", startMs: now - 1000, endMs: now + 300 });
    const revoked = await guest.next("revoked");
    expect(revoked.handles).toHaveLength(1);
    expect(Date.now() - (now + 300)).toBeLessThan(1000);
    guest.received.length = 0;
    server.bench.set("press/speed", ++value);
    await othersAreUnaffected();
    expect(guest.received.filter((message) => message.type === "samples")).toEqual([]);
  });

  it("end with the sign-in", async () => {
    const { caller } = await server.bench.people.enter("viewer");
    const first = { ...caller, signInId: "s-1" };
    await server.bench.people.signOut(first);
    expect(await witness.closed).toBe(4401);
  });
});

describe("the gateway's stop", () => {
  it("closes every socket as going away", async () => {
    const other = await new ApiServer().start();
    const client = await other.watch("viewer", ["*"]);
    await other.api.close();
    expect(await client.closed).toBe(1001);
  });
});
