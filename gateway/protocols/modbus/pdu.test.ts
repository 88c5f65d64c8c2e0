import { describe, expect, it } from "vitest";
import { decodeAnswer, encodeRequest, type Request } from "./pdu.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** The examples of MODBUS Application Protocol V1.1b3 §6, request and answer; their texts count from 1, the bytes from 0. */
const examples: [string, Request, string, string][] = [
  ["6.1 read coils", { kind: "read", table: "coil", start: 0x13, count: 0x13 }, "01 0013 0013", "01 03 cd6b05"],
  ["6.2 discrete", { kind: "read", table: "discrete", start: 0xc4, count: 0x16 }, "02 00c4 0016", "02 03 acdb35"],
  ["6.3 holding", { kind: "read", table: "holding", start: 0x6b, count: 3 }, "03 006b 0003", "03 06 022b00000064"],
  ["6.4 input", { kind: "read", table: "input", start: 8, count: 1 }, "04 0008 0001", "04 02 000a"],
  ["6.5 write coil", { kind: "write-coil", address: 0xac, value: true }, "05 00ac ff00", "05 00ac ff00"],
  ["6.6 write register", { kind: "write-register", address: 1, value: 3 }, "06 0001 0003", "06 0001 0003"],
  [
    "6.11 write coils",
    {
      kind: "write-coils",
      start: 0x13,
      values: [true, false, true, true, false, false, true, true, true, false],
    },
    "0f 0013 000a 02 cd01",
    "0f 0013 000a",
  ],
  [
    "6.12 write registers",
    { kind: "write-registers", start: 1, values: [10, 0x102] },
    "10 0001 0002 04 000a0102",
    "10 0001 0002",
  ],
  ["6.16 mask", { kind: "mask-register", address: 4, and: 0xf2, or: 0x25 }, "16 0004 00f2 0025", "16 0004 00f2 0025"],
];

describe("requests and answers as the specification shows them", () => {
  it.each(examples)("encodes %s", (_, request, sent) => {
    expect(encodeRequest(request)).toEqual(hex(sent));
  });

  it.each(examples)("takes the answer of %s", (_, request, __, answer) => {
    const expected = request.kind === "read" ? { kind: "data", data: hex(answer).slice(2) } : { kind: "done" };
    expect(decodeAnswer(request, hex(answer))).toEqual(expected);
  });

  it.each(examples)("takes an exception to %s", (_, request, sent) => {
    const code = hex(sent)[0] ?? 0;
    expect(decodeAnswer(request, Uint8Array.of(code | 0x80, 4))).toEqual({ kind: "exception", code: 4 });
  });

  it.each(examples)("does not take the answer of %s with one byte more, less or other", (_, request, __, answer) => {
    const right = hex(answer);
    const other = Uint8Array.from(right);
    const last = request.kind === "read" ? 1 : other.length - 1;
    other[last] = (other[last] ?? 0) ^ 1;
    for (const wrong of [right.slice(0, -1), Uint8Array.of(...right, 0), other, right.slice(0, 1), new Uint8Array(0)]) {
      expect(decodeAnswer(request, wrong)).toMatchObject({ kind: "malformed" });
    }
  });
});

describe("requests that no device can answer", () => {
  it.each<[string, Request]>([
    ["2001 coils", { kind: "read", table: "coil", start: 0, count: 2001 }],
    ["126 registers", { kind: "read", table: "holding", start: 0, count: 126 }],
    ["nothing", { kind: "read", table: "input", start: 0, count: 0 }],
    ["past the end", { kind: "read", table: "input", start: 65535, count: 2 }],
    ["a negative address", { kind: "write-coil", address: -1, value: true }],
    ["half an address", { kind: "write-register", address: 1.5, value: 1 }],
    ["124 registers to write", { kind: "write-registers", start: 0, values: Array<number>(124).fill(0) }],
    ["1969 coils to write", { kind: "write-coils", start: 0, values: Array<boolean>(1969).fill(true) }],
  ])("does not encode %s", (_, request) => {
    expect(() => encodeRequest(request)).toThrow(RangeError);
  });

  it("encodes the largest ones", () => {
    expect(encodeRequest({ kind: "write-registers", start: 0, values: Array<number>(123).fill(1) })).toHaveLength(252);
    expect(encodeRequest({ kind: "write-coils", start: 0, values: Array<boolean>(1968).fill(true) })).toHaveLength(252);
  });
});
