import { describe, expect, it } from "vitest";
import { payloadsOf } from "../testing/live-bench.ts";
import { joined, wireFrame } from "./frames.ts";

describe("a wire frame", () => {
  it.each([
    [0, [0x81, 0]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 0xff, 0xff]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ])("of %i bytes has the header of RFC 6455", (length, header) => {
    const text = "x".repeat(length);
    const frame = wireFrame(text);
    expect([...frame.subarray(0, header.length)]).toEqual(header);
    expect(frame).toHaveLength(header.length + length);
    expect(payloadsOf(frame)).toEqual([text]);
  });

  it("counts bytes, not characters", () => {
    const text = '"°C – 温度 🌡"';
    expect(payloadsOf(wireFrame(text))).toEqual([text]);
    expect(wireFrame(text)[1]).toBe(Buffer.byteLength(text));
  });

  it("joined with another is one buffer for all who get both", () => {
    const [beat, samples] = [wireFrame("beat"), wireFrame("samples")];
    expect(payloadsOf(joined(beat, samples))).toEqual(["beat", "samples"]);
    expect(joined(beat, samples)).toBe(joined(beat, samples));
    expect(payloadsOf(joined(wireFrame("later"), samples))).toEqual(["later", "samples"]);
  });
});
