import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc16 } from "./crc.ts";
import type { Request } from "./pdu.ts";
import { encodeRtuFrame, RtuSession } from "./rtu-session.ts";
import type { SessionEvent } from "./session.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const twoRegisters: Request = { kind: "read", table: "holding", start: 0, count: 2 };
/** Unit, function and data with their checksum; what stands in brackets goes as it is. */
const wire = (text: string): Uint8Array =>
  Uint8Array.from(
    text.split(/(\[[^\]]*\])/).flatMap((part) => {
      const bytes = hex(part.replace(/[[\]]/g, ""));
      return part.startsWith("[") || bytes.length === 0
        ? [...bytes]
        : [...encodeRtuFrame(bytes[0] ?? 0, bytes.slice(1))];
    }),
  );

const inWords = (event: SessionEvent): string => {
  if (event.kind === "garbled" || event.kind === "broken") return `${event.kind}: ${event.why}`;
  if (event.kind === "stray") return "stray";
  const { answer } = event;
  if (answer.kind === "data") return `data ${Buffer.from(answer.data).toString("hex")}`;
  return answer.kind === "malformed" ? `malformed: ${answer.why}` : answer.kind;
};

describe("the checksum", () => {
  it.each([
    ["02 07", 0x1241],
    ["01 03 00 00 00 02", 0x0bc4],
    ["01 03 04 00 00 00 2a", 0xec7b],
    ["11 06 00 01 00 03", 0x9b9a],
  ])("of %s is %i, as pymodbus computes it", (bytes, crc) => {
    expect(crc16(hex(bytes))).toBe(crc);
    expect(crc16(encodeRtuFrame(hex(bytes)[0] ?? 0, hex(bytes).slice(1)))).toBe(0);
  });
});

const good = "01 03 04 0000002a";
const heard = "data 0000002a";
/** What was asked is unit 1, two holding registers. What comes, the events, and what the time-out then says. */
const rows: { name: string; bytes: string; events: string[]; after?: string }[] = [
  { name: "the answer", bytes: good, events: [heard] },
  { name: "an exception", bytes: "01 83 02", events: ["exception"] },
  { name: "a glitch of the driver before it", bytes: `[00] ${good}`, events: [heard] },
  { name: "noise before it", bytes: `[ff 13 00 7f 03] ${good}`, events: [heard] },
  { name: "a glitch behind it", bytes: `${good} [ff]`, events: [heard, "stray"] },
  {
    name: "the same answer twice",
    bytes: `${good} [${Buffer.from(wire(good)).toString("hex")}]`,
    events: [heard, "stray"],
  },
  { name: "one bit turned over", bytes: "[01 03 04 0000012a 7bec]", events: ["malformed: a wrong checksum"] },
  { name: "an exception with a wrong checksum", bytes: "[01 83 02 0000]", events: ["malformed: a wrong checksum"] },
  { name: "another unit", bytes: "02 03 04 0000002a", events: ["stray"], after: "unit 2 instead of 1" },
  { name: "another function", bytes: "01 04 04 0000002a", events: ["stray"], after: "function 4 instead of 3" },
  {
    name: "an exception to another function",
    bytes: "01 84 02",
    events: ["stray"],
    after: "function 132 instead of 3",
  },
  { name: "one register too few", bytes: "01 03 02 002a", events: ["stray"], after: "byte count 2 instead of 4" },
  { name: "one too many", bytes: "01 03 06 0000002a0000", events: ["stray"], after: "byte count 6 instead of 4" },
  {
    name: "a byte count that lies",
    bytes: "[01 03 08 0000002a 7bec]",
    events: [],
    after: "an answer stopped after 9 bytes",
  },
  { name: "the echo of a write", bytes: "01 06 0000 002a", events: ["stray"], after: "function 6 instead of 3" },
  { name: "half an answer", bytes: "[01 03 04 00]", events: [], after: "an answer stopped after 4 bytes" },
  { name: "a function nobody knows", bytes: "01 2b 0e 01", events: [], after: "noise on the line" },
  { name: "a frame of TCP", bytes: "[0001 0000 0007 01 03 04 0000002a]", events: [], after: "noise on the line" },
  { name: "ones", bytes: `[${"ff".repeat(2_000)}]`, events: [], after: "noise on the line" },
  { name: "zeros", bytes: `[${"00".repeat(2_000)}]`, events: [], after: "noise on the line" },
];

/** `02 03 …` is sound and another unit's; the answer behind it counts. */
const behind = [
  ["another unit's answer", "02 03 04 deadbeef"],
  ["the answer to an older, longer question", "01 03 06 deadbeef0000"],
  ["the late echo of a write", "01 06 0000 002a"],
] as const;

function play(bytes: Uint8Array, pieces: "whole" | "bytes", request = twoRegisters) {
  const session = new RtuSession();
  const { transaction } = session.open(1, request);
  const chunks = pieces === "whole" ? [bytes] : [...bytes].map((byte) => Uint8Array.of(byte));
  const seen = chunks.flatMap((chunk) => session.receive(chunk)).map(inWords);
  const end = session.abandon(transaction);
  return { seen, after: end && inWords(end), session };
}

describe("answers on a serial line", () => {
  it.each(rows)("$name", ({ bytes, events, after }) => {
    for (const pieces of ["whole", "bytes"] as const) {
      const { seen, after: end } = play(wire(bytes), pieces);
      // Byte by byte each byte behind an answer is one of its own.
      const strays = seen.filter((event, index) => event !== "stray" || seen[index - 1] !== "stray");
      if (events.length > 0 || after === undefined) expect(strays).toEqual(events);
      expect(end).toBe(after && `garbled: ${after}`);
    }
  });

  it.each(behind)("is found behind %s", (_, first) => {
    const bytes = Uint8Array.of(...wire(first), ...wire(good));
    for (const pieces of ["whole", "bytes"] as const) expect(play(bytes, pieces).seen).toEqual(["stray", heard]);
  });

  it("asks again on the same line after each of them", () => {
    for (const { bytes } of rows) {
      const { session } = play(wire(bytes), "whole");
      session.open(1, twoRegisters);
      expect(session.receive(wire(good)).map(inWords)).toEqual([heard]);
    }
  });

  it.each<[Request, string, string]>([
    [{ kind: "read", table: "coil", start: 0, count: 9 }, "01 01 02 ff01", "data ff01"],
    [{ kind: "read", table: "discrete", start: 0, count: 1 }, "01 02 01 01", "data 01"],
    [
      { kind: "read", table: "input", start: 0, count: 125 },
      `01 04 fa ${"00".repeat(250)}`,
      `data ${"00".repeat(250)}`,
    ],
    [{ kind: "write-coil", address: 3, value: true }, "01 05 0003 ff00", "done"],
    [{ kind: "write-register", address: 3, value: 9 }, "01 06 0003 0009", "done"],
    [{ kind: "write-coils", start: 3, values: [true] }, "01 0f 0003 0001", "done"],
    [{ kind: "write-registers", start: 3, values: [9, 8] }, "01 10 0003 0002", "done"],
    [{ kind: "mask-register", address: 3, and: 0xfffe, or: 1 }, "01 16 0003 fffe 0001", "done"],
  ])("takes that to %j", (request, bytes, said) => {
    for (const pieces of ["whole", "bytes"] as const) expect(play(wire(bytes), pieces, request).seen).toEqual([said]);
  });

  it("never takes the echo of an older write for that of a new one", () => {
    const request: Request = { kind: "write-register", address: 3, value: 9 };
    const { seen, after } = play(wire("01 06 0003 0008"), "whole", request);
    expect([seen, after]).toEqual([["stray"], "garbled: the echo is not that of the request"]);
  });

  it("says stray to whatever comes while nothing is asked", () => {
    expect(new RtuSession().receive(wire(good)).map(inWords)).toEqual(["stray"]);
  });

  it("has one request under way at most", () => {
    const session = new RtuSession();
    session.open(1, twoRegisters);
    expect(() => session.open(2, twoRegisters)).toThrow("one request at a time");
  });

  it("gives nothing but the right data out of any bytes whatever", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        for (const event of play(bytes, "whole").seen) expect(event).toMatch(/^(stray|malformed.*|exception)$/);
      }),
    );
  });
});
