import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LiveView } from "../rig/live-view.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/**
 * RELIABILITY, bad input, over raw sockets against a whole running gateway: each is refused or cut, the
 * process lives, somebody else's samples go on, and its memory does not grow from round to round.
 */
let plant: Plant;
let ada: Person;
let watching: LiveView;

beforeAll(async () => {
  plant = await startPlant({ people: { ada: "administrator" } });
  ada = await plant.enter("ada");
  watching = await ada.watch(["furnace/*"]);
});
afterAll(async () => {
  watching?.close();
  await plant?.close();
});

interface Heard {
  readonly bytes: Buffer;
  /** The other side has ended it. */
  readonly ended: boolean;
}

/** Sends these pieces and hears what comes until the other side ends it, or for `forMs`. */
async function raw(pieces: readonly (string | Buffer)[], forMs = 1500, betweenMs = 0): Promise<Heard> {
  const socket: Socket = connect(plant.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  let ended = false;
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  const over = new Promise<void>((resolve) => {
    const done = () => {
      ended = true;
      resolve();
    };
    socket.once("end", done).once("close", done);
  });
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece);
    if (betweenMs > 0) await sleep(betweenMs);
  }
  await Promise.race([over, sleep(forMs)]);
  socket.destroy();
  return { bytes: Buffer.concat(chunks), ended };
}

const statuses = ({ bytes }: Heard) =>
  [...bytes.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((m) => Number(m[1]));

/** Alive, and the samples of somebody else go on. */
async function assertUnharmed(): Promise<void> {
  expect(plant.gateway.over).toBe(false);
  expect((await fetch(`${plant.url}/healthz`)).status).toBe(200);
  const before = watching.of("samples").length;
  await watching.until(() => watching.of("samples").length > before, 10_000);
}

const stop = "POST /api/v1/stop HTTP/1.1\r\nHost: x\r\n\r\n";
const login = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

/** What must be answered once, with a refusal, and nothing after it taken for a request. */
const refused: readonly (readonly [string, readonly (string | Buffer)[], readonly number[]])[] = [
  [
    "a length and chunks (CL+TE)",
    [`${login}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${stop}`],
    [400],
  ],
  [
    "chunks and a length (TE+CL)",
    [`${login}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${stop}`],
    [400],
  ],
  [
    "two encodings",
    [`${login}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${stop}`],
    [400],
  ],
  ["two lengths", [`${login}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}${stop}`], [400]],
  ["a length below zero", [`${login}Content-Length: -1\r\n\r\n${stop}`], [400]],
  ["a length beyond all numbers", [`${login}Content-Length: 99999999999999999999\r\n\r\n`], [400]],
  ["a chunk of no length", [`${login}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n${stop}`], [400]],
  [
    "a chunk that is longer than it says",
    [`${login}Transfer-Encoding: chunked\r\n\r\n1\r\n{}{}\r\n0\r\n\r\n${stop}`],
    [400],
  ],
  ["a chunk length beyond all numbers", [`${login}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n`], [400]],
  ["a space before the colon", [`GET / HTTP/1.1\r\nHost : x\r\n\r\n${stop}`], [400]],
  ["a bare line feed", [`GET /healthz HTTP/1.1\nHost: x\n\n${stop}`], [400]],
  ["NUL in the path", [Buffer.from(`GET /health\0z HTTP/1.1\r\nHost: x\r\n\r\n${stop}`)], [400]],
  ["NUL in a header", [`GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n${stop}`], [400]],
  ["headers of 64 KiB", [`GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(65_536)}\r\n\r\n`], [431]],
  ["5,000 headers", [`GET / HTTP/1.1\r\nHost: x\r\n${"X: a\r\n".repeat(5000)}\r\n`], [431]],
  ["a method that is none", [`STEAL / HTTP/1.1\r\nHost: x\r\n\r\n`], [400]],
  ["HTTP of another age", ["GET / HTTP/9.9\r\nHost: x\r\n\r\n"], [400, 505]],
  ["no host", ["GET / HTTP/1.1\r\n\r\n"], [400]],
  ["TLS where none is", [Buffer.from("16030100c8010000c40303", "hex"), randomBytes(200)], [400]],
  ["a CONNECT", ["CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n"], [400, 404, 405]],
];

describe("the control cases, so that the refusals below mean something", () => {
  it("two proper requests in a row get two answers", async () => {
    const heard = await raw([`GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${stop}`], 500);
    expect(statuses(heard)).toEqual([200, 401]);
  });

  it("a proper frame, whole or in fragments, keeps its socket", async () => {
    const hello = text('{"type":"nothing"}');
    const pieces = [frame(0x01, hello.subarray(0, 5)), frame(0x89, text("ping")), frame(0x80, hello.subarray(5))];
    const heard = await raw([upgrade(), ...pieces], 500);
    expect([statuses(heard), heard.ended]).toEqual([[101], false]);
    expect(heard.bytes.toString("latin1")).toContain('"type":"error"');
  });
});

describe("HTTP that is none", () => {
  it.each(refused)("%s is refused, and nothing behind it is a request", async (_what, pieces, allowed) => {
    const heard = await raw(pieces);
    const found = statuses(heard);
    expect(found.length).toBeLessThanOrEqual(1);
    for (const status of found) expect(allowed).toContain(status);
    expect(heard.ended).toBe(true);
    await assertUnharmed();
  });

  it.each([
    "/..%2f..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%5c..%5c..%5cpackage.json",
    "/assets/....//....//package.json",
    "/%252e%252e%252fpackage.json",
    "/..;/..;/package.json",
    "//etc/passwd",
    "/api/docs/static/%2e%2e%2f%2e%2e%2fpackage.json",
    "/api/v1/equipment/%00",
    "/api/v1/equipment/%ff%fe",
    "/api/v1/equipment/%",
    "/api/v1/equipment/__proto__",
    "/api/v1//equipment",
    "/API/V1/EQUIPMENT",
  ])("the path %s leads nowhere", async (path) => {
    const token = `Authorization: Bearer ${ada.accessToken}\r\n`;
    const heard = await raw([`GET ${path} HTTP/1.1\r\nHost: x\r\n${token}Connection: close\r\n\r\n`]);
    expect(statuses(heard)[0]).toBeGreaterThanOrEqual(400);
    expect(statuses(heard)[0]).toBeLessThan(500);
    expect(heard.bytes.toString("latin1")).not.toMatch(/root:|"dependencies"/);
    await assertUnharmed();
  });

  it("200 requests that come a byte at a time hold up nobody", async () => {
    // Read, whatever comes: else the end of it is not seen.
    const sockets = Array.from({ length: 200 }, () =>
      connect(plant.port, "127.0.0.1")
        .on("error", () => undefined)
        .resume(),
    );
    for (const socket of sockets) socket.write("GET /healthz HTTP/1.1\r\n");
    for (let n = 0; n < 5; n++) {
      await sleep(100);
      for (const socket of sockets) if (!socket.destroyed) socket.write(`X-${n}: a\r\n`);
    }
    await assertUnharmed();
    expect((await ada.get("/equipment")).status).toBe(200);
    const cut = sockets.map(
      (socket) =>
        new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.once("close", () => resolve()))),
    );
    await Promise.all(cut);
  });
});

const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);
const bodies: readonly (readonly [string, string | Buffer, number])[] = [
  ["10,000 levels of JSON", `{"username":${deep("[", "]", 10_000)},"password":"x"}`, 400],
  ["10,000 levels of groups", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, 400],
  ["__proto__ as a name", '{"__proto__":{"role":"administrator"},"username":"ada","password":"x"}', 400],
  [
    "constructor as a name",
    '{"constructor":{"prototype":{"role":"administrator"}},"username":"a","password":"x"}',
    400,
  ],
  ["__proto__ in other letters", '{"\\u005f_proto__":{"x":1},"username":"ada","password":"x"}', 400],
  ["a number beyond all numbers", `{"username":1e999,"password":"x"}`, 400],
  ["a number of 100,000 figures", `{"username":${"9".repeat(100_000)},"password":"x"}`, 400],
  ["names twice", '{"username":"ada","username":"stranger","password":"x","password":"y"}', 401],
  [
    "bytes that are no UTF-8",
    Buffer.concat([
      Buffer.from('{"username":"'),
      Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
      Buffer.from('","password":"x"}'),
    ]),
    401,
  ],
  ["a lone surrogate", '{"username":"\\ud800","password":"x"}', 401],
  ["NUL in a name", '{"username":"a\\u0000b","password":"x"}', 401],
  ["a name of 100,000 letters", `{"username":"${"a".repeat(100_000)}","password":"x"}`, 400],
  ["nothing", "", 400],
  ["null", "null", 400],
  ["half of it", '{"username":"ada"', 400],
];

describe("JSON that is none of ours", () => {
  it.each(bodies)("%s is answered with %3$i or slowed down, and leaves nothing behind", async (_what, body, status) => {
    const answer = await fetch(`${plant.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const { code } = (await answer.json()) as { code: string };
    expect([status, 429], code).toContain(answer.status);
    expect(({} as { role?: unknown }).role).toBeUndefined();
    await assertUnharmed();
  });

  it("a body of 64 MiB is not read to its end", async () => {
    const head = `${login}Authorization: Bearer ${ada.accessToken}\r\nContent-Length: ${64 * 1024 * 1024}\r\n\r\n`;
    expect(statuses(await raw([head], 3000))).toEqual([413]);
    // Whoever goes on sending may meet a closed connection before the answer has come through.
    const heard = await raw([head, ...Array(32).fill(Buffer.alloc(65_536, 0x20))], 3000);
    expect([[], [413]]).toContainEqual(statuses(heard));
    await assertUnharmed();
  });
});

const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
const upgrade = (more = "") =>
  `GET /api/v1/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}Sec-WebSocket-Protocol: plancia.v1\r\n${more}\r\n`;

/** One frame (RFC 6455 §5.2), masked unless told. */
function frame(first: number, payload: Buffer, how: { masked?: boolean; length?: Buffer } = {}): Buffer {
  const masked = how.masked ?? true;
  const size = how.length ?? sizeOf(payload.length);
  const mask = masked ? Buffer.from([1, 2, 3, 4]) : Buffer.alloc(0);
  size[0] = (size[0] ?? 0) | (masked ? 0x80 : 0);
  const body = masked ? Buffer.from(payload.map((byte, n) => byte ^ (mask[n % 4] ?? 0))) : payload;
  return Buffer.concat([Buffer.from([first]), size, mask, body]);
}

function sizeOf(length: number): Buffer {
  if (length < 126) return Buffer.from([length]);
  if (length < 65_536) return Buffer.from([126, length >> 8, length & 255]);
  const size = Buffer.alloc(9);
  size[0] = 127;
  size.writeBigUInt64BE(BigInt(length), 1);
  return size;
}

const text = (words: string) => Buffer.from(words);
const huge = Buffer.from([127, 0x7f, 255, 255, 255, 255, 255, 255, 255]);
const bomb = () => deflateRawSync(Buffer.alloc(10_000_000));

/** Broken frames, and the close codes that say so (§7.4.1). */
const frames: readonly (readonly [string, readonly Buffer[], readonly number[]])[] = [
  ["without a mask", [frame(0x81, text("{}"), { masked: false })], [1002]],
  ["with a reserved bit (RSV1)", [frame(0xc1, text("{}"))], [1002]],
  ["with reserved bits (RSV2, RSV3)", [frame(0xb1, text("{}"))], [1002]],
  ["of an unknown kind", [frame(0x83, text("{}"))], [1002]],
  ["that controls in fragments", [frame(0x09, text("a"))], [1002]],
  ["that controls at length", [frame(0x89, Buffer.alloc(126))], [1002]],
  ["that goes on with nothing begun", [frame(0x80, text("{}"))], [1002]],
  ["that begins twice", [frame(0x01, text("{")), frame(0x81, text("}"))], [1002]],
  ["of text that is no UTF-8", [frame(0x81, Buffer.from([0xff, 0xfe, 0xfd]))], [1007]],
  ["of text cut inside of a letter", [frame(0x01, Buffer.from([0xe2, 0x82])), frame(0x80, text("x"))], [1007]],
  ["that says it is 2^63 bytes", [frame(0x81, text("{}"), { length: huge })], [1009, 1002]],
  ["of 1 MiB", [frame(0x81, Buffer.alloc(1024 * 1024, 0x20))], [1009]],
  ["in 5,000 fragments", [frame(0x01, text("{")), ...Array(5000).fill(frame(0x00, text(" ")))], [1008, 1009, 4429]],
  ["that closes with a code of nobody", [frame(0x88, Buffer.from([0, 5]))], [1002]],
  ["that closes with half a code", [frame(0x88, Buffer.from([3]))], [1002]],
];

/** The code of the close frame that came. */
function closeOf({ bytes }: Heard): number | undefined {
  const at = bytes.lastIndexOf(0x88);
  return at < 0 || bytes.length < at + 4 ? undefined : bytes.readUInt16BE(at + 2);
}

describe("a WebSocket frame", () => {
  it.each(frames)("%s closes its own socket, and no other", async (_what, sent, codes) => {
    const heard = await raw([upgrade(), ...sent], 2500);
    expect(statuses(heard)).toEqual([101]);
    expect(heard.ended).toBe(true);
    expect(codes).toContain(closeOf(heard));
    await assertUnharmed();
  });

  it("that is compressed is refused, since nothing of the kind is agreed to", async () => {
    const heard = await raw([
      upgrade("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"),
      frame(0xc1, bomb()),
    ]);
    expect(heard.bytes.toString("latin1")).not.toMatch(/permessage-deflate/i);
    expect(heard.ended).toBe(true);
    await assertUnharmed();
  });
});

/** Resident memory of the gateway as the kernel counts it, MiB. */
const residentMiB = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${plant.gateway.pid}/status`, "utf8"))?.[1]) / 1024;

describe.runIf(process.platform === "linux")("all of it over and over", () => {
  it("does not make the gateway grow", async () => {
    const round = async () => {
      const http = refused.filter(([what]) => what !== "TLS where none is").map(([, pieces]) => raw(pieces, 800));
      const sockets = frames.map(([, sent]) => raw([upgrade(), ...sent], 800));
      const wrong = bodies.map(([, body]) =>
        fetch(`${plant.url}/api/v1/auth/login`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        })
          .then((answer) => answer.arrayBuffer())
          .catch(() => undefined),
      );
      await Promise.all([...http, ...sockets, ...wrong]);
    };
    for (let n = 0; n < 6; n++) await round();
    const warm = residentMiB();
    for (let n = 0; n < 14; n++) await round();
    expect(residentMiB() - warm).toBeLessThan(40);
    await assertUnharmed();
    expect(plant.gateway.stderr).not.toMatch(/"level":(50|60)/);
  });
});
