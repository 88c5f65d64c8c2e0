import { describe, expect, it } from "vitest";
import { closest, didYouMean } from "./closest.ts";

describe("did you mean", () => {
  it.each([
    ["devcies", ["devices", "equipment"], "devices"],
    ["Holding", ["coil", "holding", "input"], "holding"],
    ["regster", ["register", "table"], "register"],
    ["xyz", ["register", "table"], undefined],
    ["", ["a"], undefined],
    ["x".repeat(100_000), ["x"], undefined],
  ])("finds what was meant (row %#)", (name, candidates, expected) => {
    expect(closest(name, candidates)).toBe(expected);
  });

  it("says nothing where nothing is near", () => {
    expect(didYouMean("pressure", ["door", "fan"])).toBe("");
    expect(didYouMean("spede", ["speed"])).toBe(' – did you mean "speed"?');
  });
});
