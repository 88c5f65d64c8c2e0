import { didYouMean } from "../core/closest.ts";
import type { DriverThreadChoice } from "../core/plant.ts";
import type { DriverManifest } from "../kit/driver-manifest.ts";
import type { Report } from "./report.ts";
import type { Root } from "./schema/root.ts";

/** Which drivers run where, as far as the file says; a driver that is not there is a problem. */
export function driverThreadsOf(
  report: Report,
  drivers: Root["drivers"],
  installed: readonly DriverManifest[],
): ReadonlyMap<string, DriverThreadChoice> {
  const names = installed.map(({ name }) => name);
  for (const name of Object.keys(drivers)) {
    if (names.includes(name)) continue;
    const known = didYouMean(name, names) || `; known are ${names.join(", ")}`;
    report.problem(["drivers", name], `there is no driver "${name}"${known}`);
  }
  return new Map(Object.entries(drivers).map(([name, { thread }]) => [name, thread]));
}
