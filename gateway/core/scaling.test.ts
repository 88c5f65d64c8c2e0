import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readsBack, shortestFloat, toEngineering, toRaw } from "./scaling.ts";

const tenth = { type: "int16", scale: 0.1, offset: 0 } as const;
const single = { type: "float", scale: 1, offset: 0 } as const;
const plain = { type: "int32", scale: 1, offset: 0 } as const;

describe("scaling", () => {
  it.each([
    [tenth, 853, 85.3],
    [tenth, -1, -0.1],
    [{ type: "uint32", scale: 0.01, offset: 0 } as const, 123_456_789, 1_234_567.89],
    [{ type: "int16", scale: 0.1, offset: -40 } as const, 650, 25],
    [plain, 7, 7],
    [single, Math.fround(850.1), 850.1],
    [single, Math.fround(0.1) * 3, 0.3],
  ])("%j turns raw %d into %d", (tag, raw, expected) => {
    expect(toEngineering(tag, raw)).toBe(expected);
  });

  it("writes back exactly what it reads, for every int16 in tenths", () => {
    for (let raw = -32768; raw <= 32767; raw++) {
      const value = toEngineering(tenth, raw);
      const back = toRaw(tenth, value);
      if (!back.ok || back.raw !== raw || !readsBack(tenth, value, toEngineering(tenth, raw), undefined)) {
        throw new Error(`${raw} became ${String(value)}`);
      }
    }
  });

  it.each([
    [tenth, 85.35, "a multiple of 0.1"],
    [tenth, 4000, "from -3276.8 to 3276.7"],
    [tenth, "85", "a finite number"],
    [{ type: "uint64", scale: 0.1, offset: 0 } as const, -0.1, "from 0 to 900719925474000"],
    [{ type: "uint64", scale: 10, offset: 0 } as const, -10, "from 0 to 90071992547400000"],
    [{ type: "uint64", scale: 1, offset: 100 } as const, 99, "from 100 to 9007199254740000"],
    [{ type: "int64", scale: 0.5, offset: 0 } as const, 2 ** 62, "from -4503599627370000 to 4503599627370000"],
    [{ type: "int64", scale: 0.001, offset: 0 } as const, 1e300, "from -9007199254740 to 9007199254740"],
    [{ type: "int64", scale: -1, offset: 0 } as const, 2 ** 60, "from -9007199254740000 to 9007199254740000"],
    [plain, 1.5, "a whole number"],
    [plain, 2 ** 31, "a whole number from -2147483648 to 2147483647"],
    [plain, Number.NaN, "a whole number"],
    [single, 1e39, "a number that float32 can hold"],
    [single, Number.POSITIVE_INFINITY, "a finite number"],
    [{ type: "boolean", scale: 1, offset: 0 } as const, 1, "true or false"],
  ])("%j refuses %j and says what would be right", (tag, wanted, why) => {
    expect(toRaw(tag, wanted)).toEqual({ ok: false, why });
  });

  it("never bends a 64-bit value: what is written is in its range, and reads back as asked", () => {
    const types = fc.constantFrom("int64" as const, "uint64" as const);
    const scale = fc.constantFrom(-10, -1, 0.001, 0.1, 0.5, 10, 1000);
    const wanted = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
    fc.assert(
      fc.property(types, scale, fc.integer({ min: -50, max: 50 }), wanted, (type, factor, offset, value) => {
        const tag = { type, scale: factor, offset };
        const raw = toRaw(tag, value);
        if (!raw.ok) return;
        expect(typeof raw.raw).toBe("bigint");
        const width = type === "int64" ? BigInt.asIntN(64, raw.raw as bigint) : BigInt.asUintN(64, raw.raw as bigint);
        expect(width).toBe(raw.raw);
        expect(Number(toEngineering(tag, raw.raw))).toBeCloseTo(value, -Math.log10(Math.max(1, Math.abs(value))) + 8);
      }),
    );
  });

  it("shows a float32 as the shortest decimal that float32 cannot tell from it", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(Math.fround(shortestFloat(value)), value)).toBe(true);
      }),
    );
  });

  it("a float32 reads back although its decimal is shorter", () => {
    expect(readsBack(single, 850.1, toEngineering(single, Math.fround(850.1)), undefined)).toBe(true);
    expect(readsBack(single, 850.1, 850.2, undefined)).toBe(false);
    expect(readsBack(single, 850.1, 850.15, 0.1)).toBe(true);
  });

  it("a scaled float32 reads back although it cannot hold the value exactly, and another value does not", () => {
    const celsius = { type: "float", scale: 1, offset: -273.15 } as const;
    for (const wanted of [0.13, 20.37, 849.99]) {
      const written = toRaw(celsius, wanted);
      const read = toEngineering(celsius, written.ok ? Math.fround(Number(written.raw)) : null);
      expect(readsBack(celsius, wanted, read, undefined)).toBe(true);
      expect(readsBack(celsius, wanted, Number(read) + 0.01, undefined)).toBe(false);
    }
    expect(toRaw({ type: "float", scale: 0.001, offset: 0 }, 1e37)).toMatchObject({ ok: false });
  });
});
