import { describe, expect, it } from "vitest";
import { FurnaceModel, type FurnaceStart } from "./model.ts";

function furnace(start: Partial<FurnaceStart> = {}): FurnaceModel {
  return new FurnaceModel({ seed: 7, chamberC: 850, setpointC: 850, running: true, ...start });
}

const minutes = (count: number): number => count * 60;

describe("the furnace", () => {
  it("holds its temperature within noise when it starts warm", () => {
    const warm = furnace();
    for (let second = 0; second < 600; second += 1) {
      warm.step(1);
      expect(warm.readings.temperatureC).toBeGreaterThan(848.5);
      expect(warm.readings.temperatureC).toBeLessThan(851.5);
    }
  });

  it("settles at a new set-point and goes there no faster than the ramp", () => {
    const warm = furnace();
    warm.set("setpointC", 880);
    warm.step(minutes(1));
    expect(warm.readings.workingSetpointC).toBeCloseTo(860, 1);
    expect(warm.readings.temperatureC).toBeLessThan(863);
    warm.step(minutes(20));
    expect(warm.readings.temperatureC).toBeGreaterThan(879);
    expect(warm.readings.temperatureC).toBeLessThan(881);
  });

  it("keeps the working set-point near a furnace that cannot follow the ramp", () => {
    const warm = furnace();
    warm.set("rampKPerMin", 50);
    warm.set("setpointC", 1000);
    warm.step(minutes(2));
    expect(warm.readings.outputPercent).toBeGreaterThan(95);
    expect(warm.readings.workingSetpointC - warm.readings.temperatureC).toBeLessThan(12);
    warm.step(minutes(30));
    expect(warm.readings.temperatureC).toBeGreaterThan(998);
    expect(warm.readings.temperatureC).toBeLessThan(1002);
  });

  it("loses heat through the open door with the heater cut, and recovers when it is closed", () => {
    const warm = furnace();
    warm.moveDoor("open");
    warm.step(minutes(1));
    expect(warm.readings).toMatchObject({ doorClosed: false, running: true, outputPercent: 0 });
    expect(warm.readings.temperatureC).toBeLessThan(825);
    warm.moveDoor("closed");
    warm.step(minutes(15));
    expect(warm.readings.temperatureC).toBeGreaterThan(849);
  });

  it("warms its shell behind the chamber, with a delay", () => {
    const warm = furnace();
    const before = warm.readings.shellC;
    warm.set("setpointC", 950);
    warm.step(minutes(5));
    const early = warm.readings.shellC - before;
    warm.step(minutes(60));
    expect(early).toBeGreaterThan(0);
    expect(warm.readings.shellC - before).toBeGreaterThan(3 * early);
    expect(warm.readings.shellC).toBeLessThan(70);
  });

  it("counts the energy that the power adds up to", () => {
    const warm = furnace();
    const before = warm.readings.energyKWh;
    let sumKWh = 0;
    for (let tick = 0; tick < 4 * 600; tick += 1) {
      warm.step(0.25);
      sumKWh += (warm.readings.powerKW * 0.25) / 3600;
    }
    expect(warm.readings.energyKWh - before).toBeCloseTo(sumKWh, 6);
    expect(sumKWh).toBeGreaterThan(2.5);
  });

  it("stops within a second of a stop request and stays so until the local reset", () => {
    const warm = furnace();
    warm.requestStop();
    expect(warm.readings.stopRequested).toBe(true);
    warm.step(0.5);
    expect(warm.readings).toMatchObject({ running: true, outputPercent: 0 });
    warm.step(0.5);
    expect(warm.readings.running).toBe(false);
    expect(warm.localStart()).toBe("stop request latched");
    expect(warm.localReset()).toBe("reset");
    expect(warm.readings).toMatchObject({ running: false, stopRequested: false });
    expect(warm.localStart()).toBe("started");
  });

  it("stops as quickly when the request is repeated all the time", () => {
    const warm = furnace();
    for (let tick = 0; tick < 10; tick += 1) {
      warm.requestStop();
      warm.step(0.1);
    }
    expect(warm.readings.running).toBe(false);
  });

  it("takes a stop request with the key on LOCAL", () => {
    const warm = furnace();
    warm.turnKey("local");
    warm.requestStop();
    warm.step(1);
    expect(warm.readings).toMatchObject({ keyRemote: false, running: false });
  });

  it("trips above 1150 °C, even with a welded contactor, until it has cooled and is reset at the machine", () => {
    const hot = furnace({ chamberC: 1090, setpointC: 1090 });
    hot.breakContactor("welded");
    hot.step(minutes(10));
    expect(hot.readings).toMatchObject({ tripped: true, running: false, outputPercent: 0 });
    const peakC = hot.readings.temperatureC;
    expect(peakC).toBeLessThan(1151);
    expect(hot.localStart()).toBe("tripped");
    hot.breakContactor("repaired");
    hot.step(minutes(10));
    expect(hot.readings.tripped).toBe(true);
    expect(hot.localReset()).toBe("reset");
    expect(hot.readings).toMatchObject({ tripped: false, running: false });
  });

  it("refuses the reset while it is too hot, and then lifts nothing", () => {
    const hot = furnace({ chamberC: 1149, setpointC: 1100 });
    hot.requestStop();
    hot.pressTripTest();
    expect(hot.localReset()).toBe("too hot");
    expect(hot.readings).toMatchObject({ tripped: true, stopRequested: true });
  });

  it("cools towards the hall when nobody starts it", () => {
    const off = furnace({ running: false });
    off.step(minutes(600));
    expect(off.readings.temperatureC).toBeLessThan(60);
    expect(off.readings.temperatureC).toBeGreaterThan(20);
  });

  it.each([
    ["setpointC", 19.9],
    ["setpointC", 1100.1],
    ["setpointC", Number.NaN],
    ["setpointC", Number.POSITIVE_INFINITY],
    ["rampKPerMin", 0.4],
    ["fanPercent", 101],
    ["fanPercent", -1],
  ] as const)("guards %s against %d", (parameter, value) => {
    const warm = furnace();
    const before = warm.readings[parameter];
    expect(() => warm.set(parameter, value)).toThrow(RangeError);
    expect(warm.readings[parameter]).toBe(before);
  });

  it("gives the same values for the same seed and others for another", () => {
    const [one, same, other] = [furnace({ seed: 3 }), furnace({ seed: 3 }), furnace({ seed: 4 })];
    for (const model of [one, same, other]) model.step(minutes(5));
    expect(one.readings).toEqual(same.readings);
    expect(one.readings.temperatureC).not.toBe(other.readings.temperatureC);
  });

  it("does not move while no time passes", () => {
    const warm = furnace();
    const before = warm.readings;
    warm.step(0);
    expect(warm.readings).toEqual(before);
  });
});
