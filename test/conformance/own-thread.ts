import { afterAll } from "vitest";
import { silentLog } from "../../gateway/core/log.ts";
import { DriverThread } from "../../gateway/isolation/driver-thread.ts";
import { systemClock as clock, systemTimers as timers } from "../../gateway/kit/clock.ts";
import type { DriverManifest } from "../../gateway/kit/driver-manifest.ts";
import type { DriverRig } from "./driver-rig.ts";

/** The driver as the gateway runs it: in a thread of its own, one for all channels of a file. */
export function inOwnThread({ name, code, capabilities }: DriverManifest): Pick<DriverRig, "load" | "endThread"> {
  const settings = {
    driver: name,
    code,
    capabilities,
    clock,
    timers,
    log: silentLog,
    random: Math.random,
    limits: { firstMs: 1, longestMs: 1 },
  };
  const thread = new DriverThread(settings);
  afterAll(() => thread.close());
  return { load: async () => thread.module, endThread: () => thread.fail("the test ended it") };
}
