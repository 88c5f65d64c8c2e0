import { expect, it } from "vitest";
import type { DeviceView } from "../api/wire.ts";
import { type Diagnosis, diagnosisOf } from "./device-diagnosis.ts";

type State = DeviceView["state"];
const good: Diagnosis = { letter: "good", reason: "none" };
const uncertain: Diagnosis = { letter: "S", reason: "out-of-range", tags: 2 };
const silent: Diagnosis = { letter: "F", reason: "no-answer" };
const gone: Diagnosis = { letter: "F", reason: "no-connection" };

it.each<[string, State, Diagnosis, State, Diagnosis | undefined]>([
  ["is what was fetched", "connected", uncertain, "connected", uncertain],
  ["is a failure as soon as the beat says lost", "connected", good, "lost", gone],
  ["keeps its reason where it had failed before", "lost", silent, "lost", silent],
  ["is not known when the device has just come back", "lost", gone, "connected", undefined],
  ["is not known while it is opened anew", "lost", gone, "connecting", undefined],
])("the diagnosis of a device %s", (_, fetched, namur, now, expected) => {
  expect(diagnosisOf({ state: fetched, namur }, now)).toEqual(expected);
});
