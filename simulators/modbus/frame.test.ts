import { describe, expect, it } from "vitest";
import { encodeFrame, FrameSplitter } from "./frame.ts";

const request = Buffer.from("0007 0000 0006 01 03 0000 0002".replaceAll(" ", ""), "hex");

describe("the stream of one connection", () => {
  it("finds a frame that arrives byte by byte", () => {
    const splitter = new FrameSplitter();
    const found = [...request].flatMap((byte) => splitter.push(Buffer.from([byte])) ?? []);
    expect(found).toEqual([{ transactionId: 7, unitId: 1, pdu: Buffer.from("0300000002", "hex") }]);
  });

  it("finds two frames in one piece", () => {
    expect(new FrameSplitter().push(Buffer.concat([request, request]))).toHaveLength(2);
  });

  it.each([
    ["another protocol", "0007000100060103"],
    ["length 0", "0007000000000103"],
    ["length 1", "0007000000010103"],
    ["length 65535", "00070000ffff0103"],
  ])("gives up on %s", (_, hex) => {
    expect(new FrameSplitter().push(Buffer.from(hex, "hex"))).toBeUndefined();
  });

  it("writes what it reads", () => {
    const frames = new FrameSplitter().push(request) ?? [];
    expect(frames.map(encodeFrame)).toEqual([request]);
  });
});
