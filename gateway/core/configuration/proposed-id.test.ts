import { expect, it } from "vitest";
import { proposedId } from "./proposed-id.ts";

it.each<[string, string | undefined]>([
  ["Speed", "speed"],
  ["Motor Speed [1/min]", "motor_speed_1_min"],
  ["StateCurrent", "state_current"],
  ["Velocità", "velocita"],
  ["2nd pump", "nd_pump"],
  ["in", "in_2"],
  ["heat", "heat_3"],
  ["a".repeat(80), "a".repeat(60)],
  ["温度", undefined],
  ["", undefined],
  ["__", undefined],
])("proposes for %j an id that can stand in the file", (name, id) => {
  expect(proposedId(name, new Set(["heat", "heat_2"]))).toBe(id);
});
