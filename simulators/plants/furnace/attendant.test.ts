import { expect, it } from "vitest";
import { attendant } from "./attendant.ts";
import { FurnaceModel } from "./model.ts";

function watched(restartAfterS: number): { furnace: FurnaceModel; pass(seconds: number): void } {
  const furnace = new FurnaceModel({ seed: 1, chamberC: 850, setpointC: 850, running: true });
  const person = attendant(furnace, restartAfterS);
  return {
    furnace,
    pass(seconds) {
      for (let second = 0; second < seconds; second += 1) {
        furnace.step(1);
        person.step(1);
      }
    },
  };
}

it("starts the furnace again 120 s after a stop, and not before", () => {
  const { furnace, pass } = watched(120);
  furnace.requestStop();
  pass(119);
  expect(furnace.readings).toMatchObject({ running: false, stopRequested: true });
  pass(2);
  expect(furnace.readings).toMatchObject({ running: true, stopRequested: false });
});

it("resets a trip and closes the door on the way", () => {
  const { furnace, pass } = watched(10);
  furnace.moveDoor("open");
  furnace.pressTripTest();
  pass(11);
  expect(furnace.readings).toMatchObject({ running: true, tripped: false, doorClosed: true });
});

it("leaves a running furnace alone", () => {
  const { furnace, pass } = watched(5);
  furnace.moveDoor("open");
  pass(60);
  expect(furnace.readings.doorClosed).toBe(false);
});
