import { describe, expect, it } from "vitest";
import type { Point } from "../../core/driver-port.ts";
import { modbus } from "./manifest.ts";
import { Unit } from "./unit.ts";

const point = (handle: number, register: number): Point => ({
  handle,
  address: modbus.address.parse({ table: "holding", register }),
  type: "uint16",
  writable: false,
});

describe("the plans of a unit", () => {
  it("are kept for the same points in any array, and not for points that only look alike", () => {
    const unit = new Unit("plc", modbus.settings.parse({ host: "plc" }));
    const [a, b] = [point(1, 1), point(2, 2)];
    const plan = unit.planFor([a, b]);
    expect(unit.planFor([a, b])).toBe(plan);
    expect(unit.planFor([b, a])).not.toBe(plan);
    expect(unit.planFor([point(1, 1), b])).not.toBe(plan);
  });

  it("are at most 64; the one not used for longest goes", () => {
    const unit = new Unit("plc", modbus.settings.parse({ host: "plc" }));
    const group = [point(0, 0)];
    const plan = unit.planFor(group);
    for (let n = 1; n < 200; n++) {
      unit.planFor([point(n, n)]);
      expect(unit.planFor(group)).toBe(plan);
    }
    expect(unit.plans).toHaveLength(64);
  });
});
