import { describe, expect, it } from "vitest";
import { FillingLineModel, type FillingLineStart } from "./model.ts";
import { stepTank } from "./tank.ts";

function line(start: Partial<FillingLineStart> = {}): FillingLineModel {
  return new FillingLineModel({
    seed: 1,
    state: "Execute",
    supplyOnS: 900,
    supplyOffS: 0,
    orderTarget: 12_000,
    clock: () => 1_800_000_000_000,
    ...start,
  });
}

describe("filling", () => {
  it("fills as many bottles as the speed says, and rejects a few", () => {
    const model = line();
    const before = model.readings.processed;
    model.step(3600);
    const { processed, order } = model.readings;
    expect(Number(processed - before)).toBeCloseTo(7200, -1);
    expect(order.good + order.rejected).toBe(Number(processed) - 1_846_220);
    expect(order.rejected).toBeGreaterThan(5);
    expect(order.rejected).toBeLessThan(80);
    expect(order.startedMs).toBe(1_800_000_000_000);
  });

  it("follows the speed set-point with its acceleration and brakes faster", () => {
    const model = line();
    model.set("speedPerMin", 180);
    model.step(1);
    expect(model.readings.speedPerMin).toBeCloseTo(150, 0);
    model.step(5);
    expect(model.readings.speedPerMin).toBe(180);
    model.station.command("Stop");
    model.step(1.6);
    expect(model.readings).toMatchObject({ speedPerMin: 0, state: "Stopped" });
  });

  it("completes the order and takes the next number at the reset", () => {
    const model = line({ orderTarget: 20 });
    model.step(20);
    expect(model.readings).toMatchObject({ state: "Complete", reason: "order complete" });
    expect(model.readings.order.good).toBeGreaterThanOrEqual(20);
    expect(model.station.command("Reset")).toBe("done");
    model.step(5);
    expect(model.readings.order).toEqual({ number: "FL-1042", target: 20, good: 0, rejected: 0, startedMs: 0 });
    expect(model.readings.state).toBe("Idle");
  });

  it("gives the same series for the same seed", () => {
    const [one, two] = [line({ seed: 7 }), line({ seed: 7 })];
    one.step(60);
    for (let tenths = 0; tenths < 600; tenths += 1) two.step(0.1);
    expect(two.readings.order).toEqual(one.readings.order);
  });
});

describe("the tank", () => {
  it("opens its valve below 45 % and closes it above 88 %", () => {
    const model = line();
    let [lowest, highest] = [100, 0];
    for (let second = 0; second < 1800; second += 1) {
      model.step(1);
      lowest = Math.min(lowest, model.readings.levelPercent);
      highest = Math.max(highest, model.readings.levelPercent);
    }
    expect(lowest).toBeGreaterThan(44);
    expect(highest).toBeGreaterThan(87);
    expect(highest).toBeLessThan(89);
  });

  it("suspends the line when it runs dry and lets it go on when product is back", () => {
    const model = line();
    model.switchSupply("off");
    model.step(400);
    expect(model.readings).toMatchObject({ state: "Suspended", starved: true, reason: "no material", speedPerMin: 0 });
    expect(model.station.command("Unsuspend")).toBe("wrong-state");
    model.switchSupply("on");
    model.step(60);
    expect(model.readings).toMatchObject({ state: "Execute", starved: false, reason: "none" });
  });

  it("stays suspended by command although product is there", () => {
    const model = line();
    model.station.command("Suspend");
    model.step(60);
    expect(model.state).toBe("Suspended");
  });

  it("does not go on by itself after the supply came back while a stop request is latched", () => {
    const model = line();
    model.switchSupply("off");
    model.step(400);
    model.station.requestStop();
    model.switchSupply("on");
    model.step(120);
    expect(model.state).toBe("Stopped");
  });

  it("loses its supply in the rhythm that it was given", () => {
    const model = line({ supplyOnS: 100, supplyOffS: 50 });
    model.step(120);
    expect(model.readings.supplied).toBe(false);
    model.step(50);
    expect(model.readings.supplied).toBe(true);
  });

  it.each([0.1, 1])("keeps level and temperature in bounds with steps of %s s", (dtS) => {
    let tank = { levelPercent: 2, temperatureC: 24, valveOpen: false };
    for (let atS = 0; atS < 600; atS += dtS) {
      tank = stepTank(tank, 2, atS % 200 < 100, dtS);
      expect(tank.levelPercent).toBeGreaterThanOrEqual(0);
      expect(tank.levelPercent).toBeLessThanOrEqual(100);
      expect(tank.temperatureC).toBeGreaterThan(3.9);
      expect(tank.temperatureC).toBeLessThan(24.1);
    }
  });
});

describe("the controller's guards", () => {
  it.each([
    ["speedPerMin", 30, "done"],
    ["speedPerMin", 240, "done"],
    ["speedPerMin", 240.1, "out-of-range"],
    ["speedPerMin", Number.NaN, "out-of-range"],
    ["speedPerMin", Number.POSITIVE_INFINITY, "out-of-range"],
    ["recipe", 0, "out-of-range"],
    ["recipe", 12, "done"],
    ["trimTenthsPercent", -50, "done"],
  ] as const)("%s %s: %s", (parameter, value, verdict) => {
    expect(line().set(parameter, value)).toBe(verdict);
  });

  it("takes nothing with the key on LOCAL", () => {
    const model = line();
    model.station.turnKey("local");
    expect(model.set("speedPerMin", 100)).toBe("wrong-state");
    expect(model.parameters.speedPerMin).toBe(120);
  });

  it("loads a recipe a moment after it was asked for", () => {
    const still = line({ state: "Stopped" });
    still.set("recipe", 7);
    still.step(0.5);
    expect([still.parameters.recipe, still.readings.recipeLoaded]).toEqual([7, 3]);
    still.step(0.5);
    expect(still.readings.recipeLoaded).toBe(7);
  });

  it.each([
    ["FL-2000", "done"],
    ["fl-2000", "out-of-range"],
    ["FL-2000; DROP", "out-of-range"],
    ["", "out-of-range"],
  ] as const)("takes the order number %j: %s", (text, verdict) => {
    expect(line({ state: "Stopped" }).setOrderNumber(text)).toBe(verdict);
  });

  it("changes no order while one is running", () => {
    expect(line().setOrderNumber("FL-2000")).toBe("wrong-state");
  });
});

describe("what the controller makes of a gateway", () => {
  it("runs without one: it watches only where a sign of life has been written", () => {
    const model = line();
    model.gateway.operatorIs("present");
    model.step(600);
    expect(model.readings).toMatchObject({ state: "Execute", operatorPresent: true, gatewayAlive: 0 });
  });

  it("goes on while the counter changes, and holds by itself 10 s after its last change", () => {
    const model = line();
    for (let count = 1; count <= 5; count += 1) {
      model.gateway.count(count);
      model.step(9);
    }
    expect(model.state).toBe("Execute");
    // The same value again is no sign of life.
    model.gateway.count(5);
    model.step(1.1);
    expect(model.readings).toMatchObject({ state: "Holding", reason: "gateway lost" });
  });

  it("starts nothing when the gateway is back, and lets people at the machine go on without it", () => {
    const model = line();
    model.gateway.count(1);
    model.step(15);
    expect(model.state).toBe("Held");
    model.gateway.count(2);
    model.step(15);
    expect(model.state).toBe("Held");
    model.station.localCommand("Unhold");
    model.step(14);
    expect(model.readings).toMatchObject({ state: "Held", reason: "gateway lost" });
    model.station.localCommand("Unhold");
    model.step(60);
    expect(model.state).toBe("Execute");
  });

  it("does not care for it while the line stands", () => {
    const model = line({ state: "Idle" });
    model.gateway.count(1);
    model.step(60);
    expect(model.state).toBe("Idle");
  });
});

describe("the horn", () => {
  it("sounds while the line starts, and is quiet before and afterwards", () => {
    const model = line({ state: "Idle" });
    expect(model.readings.warning).toBe(false);
    model.station.command("Start");
    expect(model.readings).toMatchObject({ warning: true, speedPerMin: 0 });
    model.step(4.1);
    expect(model.readings).toMatchObject({ warning: false, state: "Execute" });
  });

  it.each(["Hold", "Suspend"] as const)("sounds before the line goes on after %s", (command) => {
    const model = line();
    model.station.command(command);
    model.step(2);
    model.station.command(command === "Hold" ? "Unhold" : "Unsuspend");
    expect(model.readings.warning).toBe(true);
  });
});
