import { defaultLimits } from "../../gateway/api/limits.ts";
import { Distribution } from "../../gateway/api/live/distribution.ts";
import { SampleFrames } from "../../gateway/api/live/frames.ts";
import { RightsWatch } from "../../gateway/api/live/rights.ts";
import { LiveSession, type Peer } from "../../gateway/api/live/session.ts";
import { Subscriptions } from "../../gateway/api/live/subscriptions.ts";
import { ApiBench } from "../../gateway/api/testing/api-bench.ts";
import type { Right } from "../../gateway/core/access/grant.ts";
import { allowsOn } from "../../gateway/core/access/policy.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { testCaller } from "../../gateway/core/testing/caller.ts";
import { systemClock as clock, systemTimers as timers } from "../../gateway/kit/clock.ts";
import { testUser } from "../../gateway/stores/records/testing/bench.ts";

/** What it costs to ask whether somebody may, for a command and for a batch of samples on its way out. Target: below 5 µs. */
const limitUs = 5;
const turns = 500_000;
const machines = Array.from({ length: 20 }, (_, n) => `machine_${n}`);
const rightOf = (role: Right["role"], grant: string): Right => ({
  ...{ grant, role, equipment: machines, highestClass: "C2", untilMs: Number.POSITIVE_INFINITY },
});
/** Five grants of twenty machines each, the last of them allows. */
const rights = [...["a", "b", "c", "d"].map((id) => rightOf("viewer", id)), rightOf("operator", "e")];
const hourMs = 3_600_000;
const slots = Array.from({ length: 20 }, (_, n) => {
  const startMs = Date.now() + (n - 10) * hourMs;
  return { equipment: "press", startMs, endMs: startMs + hourMs };
});

const commands = {
  "a write, allowed by the last of five grants": testCaller({ rights }),
  "a write, allowed by none": testCaller({ rights: rights.slice(0, 4) }),
};
for (const [name, caller] of Object.entries(commands)) {
  measure(name, (n) => allowsOn(caller, "equipment:write", machines[n % machines.length] ?? "", n, "C1"));
}

const { useCases, plant } = new ApiBench(clock, timers);
const nobody: Peer = {
  ...{ readyState: 1, bufferedAmount: 0, send: () => undefined, close: () => undefined },
  ...{ terminate: () => undefined, ping: () => undefined },
};
const frames = new SampleFrames(useCases.values, plant.tags.length, clock.wallMs());
const distribution = new Distribution(frames, plant.tags.length, clock, timers);
const subscriptions = new Subscriptions(useCases.equipment, distribution, defaultLimits.live);
const watch = new RightsWatch(useCases, new Set(), subscriptions, clock, timers, silentLog, () => undefined);
const readers = {
  "a batch of samples to staff with five grants": testCaller({ rights: [rightOf("viewer", "a"), ...rights] }),
  "a batch of samples to a guest with twenty slots": testCaller({ role: "guest", slots }),
};
for (const [name, caller] of Object.entries(readers)) {
  const session = new LiveSession({
    ...{ peer: nobody, origin: { address: "127.0.0.1", userAgent: "" }, bufferBytes: 1, gate: watch.gate },
    onEnd: () => undefined,
  });
  session.identity = { caller, user: testUser(caller.userId) };
  watch.apply(session, caller);
  measure(name, () => session.mayReceive());
}
watch.close();
distribution.close();

function measure(name: string, ask: (n: number) => boolean): void {
  run(ask);
  const fromNs = process.hrtime.bigint();
  run(ask);
  const microseconds = Number(process.hrtime.bigint() - fromNs) / turns / 1000;
  process.stdout.write(`${name}: ${microseconds.toFixed(3)} µs${microseconds < limitUs ? "" : ", aim 5 µs: missed"}\n`);
}

function run(ask: (n: number) => boolean): number {
  let yes = 0;
  for (let n = 0; n < turns; n++) if (ask(n)) yes++;
  return yes;
}
