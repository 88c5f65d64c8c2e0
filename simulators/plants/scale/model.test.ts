import { describe, expect, it } from "vitest";
import { type ScaleSize, scaleLayout } from "./layout.ts";
import { ScaleModel } from "./model.ts";

const pace = { updatesPerS: 1, seed: 1 };

function words(model: ScaleModel): number[] {
  return [...model.banks.values()].flatMap((bank) =>
    Array.from({ length: bank.byteLength / 2 }, (_, register) => bank.getUint16(register * 2)),
  );
}

describe("the layout", () => {
  it.each([
    [{ registers: 1000, units: 10, layout: "mixed" }, 250, 500],
    [{ registers: 10_000, units: 10, layout: "mixed" }, 2500, 5000],
    [{ registers: 1000, units: 1, layout: "uint16" }, 0, 1000],
    [{ registers: 1000, units: 4, layout: "float32" }, 500, 0],
    [{ registers: 7, units: 2, layout: "float32" }, 3, 1],
  ] as const)("%j holds %i float32 and %i uint16", (size, floats, integers) => {
    const points = scaleLayout(size);
    expect(points.filter((point) => point.type === "float32")).toHaveLength(floats);
    expect(points.filter((point) => point.type === "uint16")).toHaveLength(integers);
  });

  it("covers every register once", () => {
    const points = scaleLayout({ registers: 103, units: 4, layout: "mixed" });
    const covered = points.flatMap(({ unitId, register, type }) =>
      type === "float32" ? [`${unitId}/${register}`, `${unitId}/${register + 1}`] : [`${unitId}/${register}`],
    );
    expect(new Set(covered).size).toBe(103);
    expect(covered).toHaveLength(103);
  });
});

describe("the scale plant", () => {
  const size: ScaleSize = { registers: 400, units: 4, layout: "mixed" };

  it("changes nothing before the second is over, and then every value", () => {
    const model = new ScaleModel(size, pace);
    const before = words(model);
    model.step(0.9);
    expect(words(model)).toEqual(before);
    model.step(0.1);
    for (const point of scaleLayout(size)) {
      const at = (point.unitId - 1) * 100 + point.register;
      const span = point.type === "float32" ? 2 : 1;
      expect(words(model).slice(at, at + span)).not.toEqual(before.slice(at, at + span));
    }
  });

  it("counts its updates in the first value of every unit", () => {
    const model = new ScaleModel(size, pace);
    for (let tick = 0; tick < 100; tick += 1) model.step(0.1);
    expect(model.updates).toBe(11);
    expect([...model.banks.values()].map((bank) => bank.getFloat32(0))).toEqual([11, 11, 11, 11]);
  });

  it("catches up after a long step", () => {
    const model = new ScaleModel({ ...size, layout: "uint16" }, pace);
    model.step(5);
    expect(model.updates).toBe(6);
    expect(model.banks.get(1)?.getUint16(0)).toBe(6);
  });
});
