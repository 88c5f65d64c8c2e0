import { describe, expect, it } from "vitest";
import { MillModel, type MillStart } from "./model.ts";
import { cutAt, programS } from "./program.ts";
import { millModbusUnits, millUnits } from "./registers.ts";

function mill(start: Partial<MillStart> = {}): MillModel {
  return new MillModel({ seed: 1, state: "Execute", enabled: true, ...start });
}

describe("the program", () => {
  it("makes a part in 80 s at 100 % feed, and in 160 s at 50 %", () => {
    const model = mill();
    model.step(programS * 3);
    expect(model.readings.parts).toBe(3);
    model.set("feedPercent", 50);
    model.step(programS * 2);
    expect(model.readings.parts).toBe(4);
  });

  it("never leaves the work space and never jumps", () => {
    let before = cutAt(0);
    for (let atS = 0.05; atS < programS; atS += 0.05) {
      const cut = cutAt(atS);
      expect(Math.abs(cut.x)).toBeLessThanOrEqual(120);
      expect(Math.abs(cut.y)).toBeLessThanOrEqual(80);
      if (cut.phase === before.phase && cut.z === before.z) {
        expect(Math.hypot(cut.x - before.x, cut.y - before.y)).toBeLessThan(2.5);
      }
      before = cut;
    }
  });

  it("waits where it is while the machine is held", () => {
    const model = mill();
    model.step(20);
    model.station.command("Hold");
    model.step(3);
    const { programPercent } = model.readings;
    model.step(60);
    expect(model.readings).toMatchObject({ programPercent, state: "Held", spindleRpm: 0, feedMmPerMin: 0 });
  });
});

describe("the spindle", () => {
  it("loads more when roughing than when finishing, and more with more feed", () => {
    const model = mill();
    model.step(30);
    const roughing = model.readings.loadPercent;
    model.set("feedPercent", 150);
    model.step(5);
    expect(model.readings.loadPercent).toBeGreaterThan(roughing + 10);
    model.set("feedPercent", 100);
    model.step(27);
    expect(model.readings.phase).toBe("finishing");
    expect(model.readings.loadPercent).toBeLessThan(roughing - 20);
  });

  it("shakes at its resonance", () => {
    const model = mill();
    model.step(30);
    const calm = model.readings.rmsMmPerS;
    model.set("spindleRpm", 8600);
    model.step(3);
    expect(model.readings.rmsMmPerS).toBeGreaterThan(calm + 1.5);
    expect(model.readings.peakMmPerS).toBeGreaterThan(2 * model.readings.rmsMmPerS);
  });

  it("refuses what is outside of the guard", () => {
    const model = mill();
    expect(model.set("spindleRpm", 12_001)).toBe("out-of-range");
    expect(model.set("spindleRpm", Number.NaN)).toBe("out-of-range");
    expect(model.parameters.spindleRpm).toBe(6000);
  });
});

describe("relay and meter on Modbus", () => {
  const parts = (model: MillModel) => {
    const units = millModbusUnits(model.electrics);
    const [relay, meter] = [units.get(millUnits.relay), units.get(millUnits.meter)];
    if (relay === undefined || meter === undefined) throw new Error("the units are not there");
    return { relay, meter };
  };

  it("stops the machine in order when the enable falls, and starts nothing when it comes back", () => {
    const model = mill();
    const { relay } = parts(model);
    relay.writeBits(0, [false]);
    model.step(3);
    expect(model.readings).toMatchObject({ state: "Stopped", reason: "enable lost", spindleRpm: 0, contact: false });
    relay.writeBits(0, [true]);
    model.step(60);
    expect(model.state).toBe("Stopped");
  });

  it("reads back wrong while the relay sticks", () => {
    const model = mill();
    const { relay } = parts(model);
    model.electrics.stick("stuck");
    relay.writeBits(0, [false]);
    expect(relay.readBits("coil", 0, 1)).toEqual([false]);
    expect(relay.readBits("discrete", 0, 1)).toEqual([true]);
    model.electrics.stick("repaired");
    expect(relay.readBits("discrete", 0, 1)).toEqual([false]);
  });

  it("counts energy as the integral of power", () => {
    const model = mill();
    const before = model.readings.energyKWh;
    let kWh = 0;
    for (let second = 0; second < 600; second += 1) {
      model.step(1);
      kWh += model.readings.powerKW / 3600;
    }
    expect(model.readings.energyKWh - before).toBeCloseTo(kWh, 1);
  });

  it("puts voltage, current and power as float32 and the energy as uint32", () => {
    const model = mill();
    const { meter } = parts(model);
    const words = meter.readWords("input", 0, 8);
    const bytes = new DataView(new ArrayBuffer(16));
    words.forEach((word, index) => {
      bytes.setUint16(index * 2, word);
    });
    const { voltageV, currentA, powerKW, energyKWh } = model.readings;
    expect(bytes.getFloat32(0)).toBe(Math.fround(voltageV));
    expect(bytes.getFloat32(4)).toBe(Math.fround(currentA));
    expect(bytes.getFloat32(8)).toBe(Math.fround(powerKW));
    expect(bytes.getUint32(12)).toBe(Math.round(energyKWh * 100));
  });
});
