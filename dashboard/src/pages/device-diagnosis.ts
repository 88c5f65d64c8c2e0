import type { DeviceView } from "../api/wire.ts";

export type Diagnosis = DeviceView["namur"];

/**
 * What stands beside a device. The beat knows its state sooner than what was fetched: a loss counts at once, and
 * a diagnosis of the state before it says nothing of the new one. Undefined: not known yet.
 */
export function diagnosisOf(
  { state, namur }: Pick<DeviceView, "state" | "namur">,
  now: DeviceView["state"],
): Diagnosis | undefined {
  if (now === "lost" && namur.letter !== "F") return { letter: "F", reason: "no-connection" };
  return state === now ? namur : undefined;
}
