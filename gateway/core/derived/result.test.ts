import { describe, expect, it } from "vitest";
import { Status } from "../status.ts";
import { canHold, fitted, worstStatus } from "./result.ts";

describe("the worst quality", () => {
  it.each<[string, readonly number[], number]>([
    ["nothing", [], Status.Good],
    ["all Good", [0, 0], Status.Good],
    ["one Uncertain", [0, Status.Uncertain_LastUsableValue, 0], Status.Uncertain_LastUsableValue],
    ["one Bad", [Status.Uncertain_LastUsableValue, Status.Bad_NoCommunication], Status.Bad_NoCommunication],
    ["the one that says more", [Status.Bad, Status.Bad_DeviceFailure], Status.Bad_DeviceFailure],
    ["the first of several", [Status.Bad_DeviceFailure, Status.Bad_NoCommunication], Status.Bad_DeviceFailure],
    ["forced by hand", [0, Status.Good_LocalOverride], Status.Good_LocalOverride],
    ["no info bits", [(Status.Good_LocalOverride | 0x0480) >>> 0], Status.Good_LocalOverride],
  ])("of %s", (_what, statuses, worst) => {
    expect(worstStatus(statuses)).toBe(worst);
  });
});

describe("a computed value as its type can hold it", () => {
  it.each<[Parameters<typeof fitted>[0], Parameters<typeof fitted>[1], unknown, number]>([
    ["double", 1.5, 1.5, 0],
    ["double", 3n, 3, 0],
    ["boolean", true, true, 0],
    ["string", "a", "a", 0],
    ["int16", 40_000n, null, Status.Bad_OutOfRange],
    ["int16", -3n, -3, 0],
    ["int64", 2n ** 60n, 2n ** 60n, 0],
    ["uint64", -1n, null, Status.Bad_OutOfRange],
    ["float", 1e300, null, Status.Bad_OutOfRange],
  ])("%s %s is %s", (type, value, held, status) => {
    expect(fitted(type, value, Status.Good)).toEqual({ value: held, status });
  });

  it("has none where it is Bad", () => {
    expect(fitted("double", 1, Status.Bad_NoCommunication)).toEqual({
      value: null,
      status: Status.Bad_NoCommunication,
    });
  });

  it("says beforehand what can never fit", () => {
    expect(canHold("boolean", "bool")).toBe(true);
    expect(canHold("double", "bool")).toBe(false);
    expect(canHold("int32", "double")).toBe(false);
    expect(canHold("double", "int")).toBe(true);
    expect(canHold("string", "int")).toBe(false);
  });
});
