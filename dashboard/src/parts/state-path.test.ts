import { expect, test } from "vitest";
import { type StateBox, stateStrip, waysBack } from "./state-path.ts";

const looks = (boxes: readonly StateBox[], look: StateBox["look"]) =>
  boxes.filter((box) => box.look === look).map((box) => box.state);

test.each([
  ["Stopped", ["Resetting", "Idle"], []],
  ["Idle", ["Starting", "Execute"], []],
  ["Execute", ["Completing", "Complete"], ["Held", "Suspended"]],
  ["Complete", ["Resetting", "Idle"], []],
  ["Held", ["Execute"], []],
  ["Aborted", ["Stopped"], ["Clearing"]],
] as const)("R34: from %s lead ways to %j, and beside the path to %j", (state, main, beside) => {
  const strip = stateStrip(state);
  expect(looks([...strip.main, ...strip.beside], "current")).toEqual([state]);
  expect(looks(strip.main, "reachable")).toEqual(main);
  expect(looks(strip.beside, "reachable")).toEqual(beside);
});

test("a state that only passes gets a box while it lasts", () => {
  expect(stateStrip("Stopping").beside.map((box) => box.state)).toEqual([
    "Stopping",
    "Held",
    "Suspended",
    "Clearing",
    "Aborted",
  ]);
  expect(stateStrip("Idle").beside).toHaveLength(4);
});

test("of a state that is not known nothing is current and nothing reachable", () => {
  const { main, beside } = stateStrip("unknown");
  expect([...main, ...beside].every((box) => box.look === "other")).toBe(true);
});

test("R36: what stands aborted is cleared, what stands stopped is reset", () => {
  expect([waysBack("Aborted"), waysBack("Stopped"), waysBack("Execute")]).toEqual([
    ["clear"],
    ["reset", "prepare"],
    [],
  ]);
});
