import { describe, expect, it } from "vitest";
import { encodeFrame } from "./mbap.ts";
import type { Request } from "./pdu.ts";
import { type SessionEvent, TcpSession } from "./session.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const twoRegisters: Request = { kind: "read", table: "holding", start: 0, count: 2 };
const answerTo = (transaction: number, value: number) =>
  encodeFrame({ transaction, unitId: 1, pdu: Uint8Array.of(3, 4, 0, 0, 0, value) });
const data = (transaction: number, value: number): SessionEvent => ({
  kind: "answer",
  transaction,
  answer: { kind: "data", data: Uint8Array.of(0, 0, 0, value) },
});

/**
 * Bad answers: what was asked is unit 1, two holding registers, as transaction 5. Bytes of the peer and
 * what comes of them; `text` is what stands in the reason.
 */
const badAnswers: { name: string; bytes: string; events: (string | RegExp)[] }[] = [
  { name: "another unit", bytes: "0005 0000 0007 02 03 04 00000001", events: [/unit 2 instead of 1/] },
  { name: "another function", bytes: "0005 0000 0007 01 04 04 00000001", events: [/function 4 instead of 3/] },
  { name: "an exception to another function", bytes: "0005 0000 0003 01 84 02", events: [/function 132/] },
  { name: "one register too few", bytes: "0005 0000 0005 01 03 02 0001", events: [/byte count 2 instead of 4/] },
  { name: "one too many", bytes: "0005 0000 0009 01 03 06 000000010002", events: [/byte count 6 instead of 4/] },
  { name: "a byte count larger than the frame", bytes: "0005 0000 0005 01 03 04 0001", events: [/2 bytes of data/] },
  {
    name: "a length field larger by two, and the next frame eaten",
    bytes: "0005 0000 0009 01 03 04 00000001 0006",
    events: [/6 bytes of data/],
  },
  { name: "nothing behind the function", bytes: "0005 0000 0002 01 03", events: [/byte count undefined/] },
  { name: "an exception without a code", bytes: "0005 0000 0002 01 83", events: [/exception of 1 bytes/] },
  { name: "length 0", bytes: "0005 0000 0000", events: [/broken: length field 0/] },
  { name: "length 1", bytes: "0005 0000 0001 01", events: [/broken: length field 1/] },
  { name: "length 255", bytes: "0005 0000 00ff", events: [/broken: length field 255/] },
  { name: "length 65535", bytes: "0005 0000 ffff", events: [/broken: length field 65535/] },
  { name: "protocol id 1", bytes: "0005 0001 0007 01 03 04 00000001", events: [/broken: protocol id 1/] },
  {
    name: "a web server",
    bytes: Buffer.from("HTTP/1.1 400 Bad Request\r\n").toString("hex"),
    events: [/broken: protocol/],
  },
  { name: "ones", bytes: "ff".repeat(300), events: [/broken: protocol id 65535/] },
  { name: "zeros", bytes: "00".repeat(300), events: [/broken: length field 0/] },
  { name: "a transaction never asked", bytes: "0006 0000 0007 01 03 04 00000001", events: [/broken: .*transaction 6/] },
  {
    name: "a frame of garbage behind a good one",
    bytes: "0005 0000 0007 01 03 04 00000001 deadbeef0000",
    events: ["good", /broken/],
  },
  { name: "the same answer twice", bytes: "0005 0000 0007 01 03 04 00000001".repeat(2), events: ["good", "stray"] },
  { name: "half an answer", bytes: "0005 0000 0007 01 03 04", events: [] },
];

const inWords = (event: SessionEvent): string => {
  if (event.kind === "broken" || event.kind === "garbled") return `${event.kind}: ${event.why}`;
  if (event.kind === "stray") return "stray";
  return event.answer.kind === "malformed" ? event.answer.why : "good";
};

describe("bad answers", () => {
  it.each(badAnswers)("$name", ({ bytes, events }) => {
    for (const pieces of ["whole", "bytes"] as const) {
      const session = new TcpSession(5);
      session.open(1, twoRegisters);
      const all = hex(bytes);
      const chunks = pieces === "whole" ? [all] : [...all].map((byte) => Uint8Array.of(byte));
      const seen = chunks.flatMap((chunk) => session.receive(chunk)).map(inWords);
      expect(seen).toHaveLength(events.length);
      for (const [index, event] of events.entries()) expect(seen[index]).toMatch(event);
    }
  });

  it("breaks when an answer has begun and not ended by its time-out", () => {
    const session = new TcpSession(5);
    session.open(1, twoRegisters);
    session.receive(hex("0005 0000 0007 01 03 04"));
    expect(session.abandon(5)).toEqual({ kind: "broken", why: "an answer stopped after 9 bytes" });
    expect(session.receive(answerTo(5, 1))).toEqual([]);
  });
});

describe("answers that belong", () => {
  it("takes two answers in one segment, in either order", () => {
    const session = new TcpSession(5);
    session.open(1, twoRegisters);
    session.open(1, twoRegisters);
    expect(session.receive(Uint8Array.of(...answerTo(6, 60), ...answerTo(5, 50)))).toEqual([data(6, 60), data(5, 50)]);
    expect(session.outstanding).toBe(0);
  });

  it("takes an answer that comes byte by byte", () => {
    const session = new TcpSession(5);
    session.open(1, twoRegisters);
    expect([...answerTo(5, 7)].flatMap((byte) => session.receive(Uint8Array.of(byte)))).toEqual([data(5, 7)]);
  });

  it("never takes a late answer for that of a request 256 later (ids run over 16 bits)", () => {
    const session = new TcpSession(5);
    session.open(1, twoRegisters);
    session.abandon(5);
    for (let n = 1; n < 256; n++) {
      const { transaction } = session.open(1, twoRegisters);
      expect(session.receive(answerTo(transaction, 1))).toEqual([data(transaction, 1)]);
    }
    const { transaction } = session.open(1, twoRegisters);
    expect(transaction).toBe(5 + 256);
    expect(session.receive(answerTo(5, 99))).toEqual([{ kind: "stray", transaction: 5 }]);
    expect(session.receive(answerTo(transaction, 2))).toEqual([data(transaction, 2)]);
  });

  it("uses every id from 0 to 65535 before one comes again, and passes over one still open", () => {
    const session = new TcpSession(65535);
    const held = session.open(1, twoRegisters).transaction;
    const seen = new Set([held]);
    for (let n = 1; n < 65536; n++) {
      const { transaction } = session.open(1, twoRegisters);
      seen.add(transaction);
      session.abandon(transaction);
    }
    expect(seen.size).toBe(65536);
    expect(session.open(1, twoRegisters).transaction).toBe(0);
    expect(session.outstanding).toBe(2);
  });

  it("forgets an id that was given long ago: an answer to it is garbage", () => {
    const session = new TcpSession(0);
    for (let n = 0; n < 5000; n++) session.abandon(session.open(1, twoRegisters).transaction);
    expect(session.receive(answerTo(4999, 1)).map((event) => event.kind)).toEqual(["stray"]);
    expect(session.receive(answerTo(0, 1)).map((event) => event.kind)).toEqual(["broken"]);
  });
});
