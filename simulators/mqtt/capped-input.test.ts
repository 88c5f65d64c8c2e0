import { describe, expect, it } from "vitest";
import { PacketLengths } from "./capped-input.ts";

function watched(): { lengths: PacketLengths; tooLong(): number } {
  let count = 0;
  const lengths = new PacketLengths(() => {
    count += 1;
  });
  return { lengths, tooLong: () => count };
}

/** A packet with a body of so many bytes, its length in MQTT's variable form (3.1.1 §2.2.3). */
function packet(bodyBytes: number): Buffer {
  const digits: number[] = [];
  for (let rest = bodyBytes; ; rest = Math.floor(rest / 128)) {
    digits.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([0x30, ...digits]), Buffer.alloc(bodyBytes, 0xff)]);
}

describe("packet lengths", () => {
  it.each([1, 2, 3, 1000])("lets packets up to 1 MiB pass, in pieces of %s bytes", (piece) => {
    const { lengths, tooLong } = watched();
    const bytes = Buffer.concat([packet(0), packet(127), packet(128), packet(5000), packet(0)]);
    for (let at = 0; at < bytes.length; at += piece) lengths.take(bytes.subarray(at, at + piece));
    lengths.take(packet(1_048_576));
    expect(tooLong()).toBe(0);
  });

  it("refuses what announces 256 MB, before any of it has come", () => {
    const { lengths, tooLong } = watched();
    lengths.take(packet(300));
    lengths.take(Buffer.from([0x10, 0xff, 0xff, 0xff]));
    expect(tooLong()).toBeGreaterThan(0);
  });
});
