import { expect, it } from "vitest";
import { Refusal } from "../../faults/fault-port.ts";
import { FurnaceModel } from "./model.ts";
import { operatePanel } from "./panel.ts";

function furnace(): FurnaceModel {
  return new FurnaceModel({ seed: 1, chamberC: 850, setpointC: 850, running: true });
}

it.each([
  ["stop", { running: false }],
  ["door-open", { doorClosed: false }],
  ["key-local", { keyRemote: false }],
  ["trip-test", { tripped: true, running: false }],
])("does what the person wants: %s", (action, readings) => {
  const model = furnace();
  operatePanel(model, action);
  expect(model.readings).toMatchObject(readings);
});

it("undoes it again", () => {
  const model = furnace();
  const before = model.readings;
  for (const action of ["stop", "door-open", "key-local", "trip-test"]) operatePanel(model, action);
  for (const action of ["door-close", "key-remote", "reset", "start"]) operatePanel(model, action);
  expect(model.readings).toEqual(before);
});

it("says why the machine does not start", () => {
  const model = furnace();
  operatePanel(model, "trip-test");
  expect(() => operatePanel(model, "start")).toThrow(new Refusal("tripped"));
});

it.each(["toString", "__proto__", "launch", ""])("knows no action %j", (action) => {
  expect(() => operatePanel(furnace(), action)).toThrow(RangeError);
});
