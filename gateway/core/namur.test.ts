import { describe, expect, it } from "vitest";
import { countTags, type DeviceFacts, diagnose } from "./namur.ts";
import { Status } from "./status.ts";

const well: DeviceFacts = {
  ...{ state: "connected", isSilent: false, losses: 0 },
  tags: countTags([Status.Good, Status.Good]),
};
const tags = (...statuses: number[]) => ({ tags: countTags([Status.Good, ...statuses]) });

describe("the NAMUR letter of a device", () => {
  it.each<[string, Partial<DeviceFacts>, string, string, number?]>([
    ["answers, all Good", {}, "good", "none"],
    ["no tags", { tags: countTags([]) }, "good", "none"],
    ["connection lost", { state: "lost" }, "F", "no-connection"],
    ["lost, whatever its tags say", { state: "lost", ...tags(Status.Bad_OutOfService) }, "F", "no-connection"],
    ["connected, silent", { isSilent: true }, "F", "no-answer"],
    ["being opened", { state: "connecting" }, "C", "being-opened"],
    ["switched off", { state: "off" }, "C", "switched-off"],
    ["says that it is broken", tags(Status.Bad_DeviceFailure), "F", "device-failure", 1],
    ["a sensor is broken", tags(Status.Bad_SensorFailure | 0x400), "F", "device-failure", 1],
    ["nothing Good", { tags: countTags([Status.Bad, Status.Bad_NodeIdUnknown]) }, "F", "all-bad", 2],
    ["out of service", tags(Status.Bad_OutOfService), "C", "checking", 1],
    ["set at the machine", tags(Status.Good_LocalOverride), "C", "checking", 1],
    ["before the first values", { tags: countTags([Status.Bad_WaitingForInitialData]) }, "C", "checking", 1],
    ["one cannot be decoded", tags(Status.Bad_DecodingError), "S", "some-bad", 1],
    ["out of range", tags(Status.Uncertain_EngineeringUnitsExceeded, Status.Uncertain), "S", "out-of-range", 2],
    ["an address that is none", tags(Status.Bad_NodeIdUnknown), "M", "refused-points", 1],
    ["lost again and again", { losses: 3 }, "M", "often-lost"],
    ["lost twice", { losses: 2 }, "good", "none"],
    ["broken and unstable", { ...tags(Status.Bad_DeviceFailure), losses: 9 }, "F", "device-failure", 1],
    ["out of range and unstable", { ...tags(Status.Uncertain), losses: 9 }, "S", "out-of-range", 1],
  ])("%s", (_case, facts, letter, reason, count) => {
    expect(diagnose({ ...well, ...facts })).toEqual({ letter, reason, tags: count });
  });
});
