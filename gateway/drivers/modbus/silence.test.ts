import { describe, expect, it } from "vitest";
import { Silence } from "./silence.ts";

describe("a unit that does not answer", () => {
  it("is set aside after two misses, for a pause that doubles up to ten minutes", () => {
    const silence = new Silence(5_000);
    const pauses: number[] = [];
    let now = 0;
    for (let cycle = 0; cycle < 12; cycle++) {
      silence.missed(now);
      const start = now;
      while (silence.isSetAside(now)) now += 1_000;
      pauses.push(now - start);
    }
    expect(pauses.map((pause) => pause / 1_000)).toEqual([0, 5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600]);
  });

  it("is asked as always as soon as it answered once", () => {
    const silence = new Silence(5_000);
    for (let cycle = 0; cycle < 6; cycle++) silence.missed(0);
    silence.answered();
    expect(silence.isSetAside(1)).toBe(false);
    silence.missed(1);
    expect(silence.isSetAside(1)).toBe(false);
  });
});
