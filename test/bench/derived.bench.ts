import { silentLog } from "../../gateway/core/log.ts";
import type { Tag } from "../../gateway/core/plant.ts";
import { BatchBuilder } from "../../gateway/core/sample.ts";
import { testPlant, testTag } from "../../gateway/core/testing/plant.ts";
import { compile } from "../../gateway/expressions/compile.ts";
import { systemClock as clock, systemTimers as timers } from "../../gateway/kit/clock.ts";
import { DerivedTags } from "../../gateway/services/derived/derived-tags.ts";
import { DerivedMemory } from "../../gateway/services/derived/memory.ts";
import { Image } from "../../gateway/services/image.ts";

/**
 * 10,000 derived tags that all change once a second, over 2,000 tags of devices: what computing them costs of one
 * core, beside the same samples without them. To reach: at most 15 % of a core; a computation at most 10 µs.
 */
const roots = 2_000;
const perRoot = 5;
const seconds = 30;
const limits = { share: 15, eachUs: 10 };

const texts = [
  (a: string, b: string) => `${a} / (${b} + 1.0)`,
  (a: string) => `${a} * 1.8 + 32.0`,
  (a: string, b: string) => `${a} > ${b} ? ${a} - ${b} : ${b} - ${a}`,
  (a: string) => a,
  (a: string) => `${a} > 500.0`,
];

function plantOf(derived: boolean) {
  const tags: Tag[] = Array.from({ length: roots }, (_, n) => testTag(n, `r${n}`));
  for (let n = 0; derived && n < roots * perRoot; n++) {
    const kind = n % perRoot;
    const root = Math.floor(n / perRoot);
    const [a, b] = [`r${root}`, `r${(root + 1) % roots}`];
    const inputs = kind === 0 || kind === 2 ? [`press/${a}`, `press/${b}`] : [`press/${a}`];
    const over =
      kind === 3
        ? ({ function: "integral", each: "day", timeUnitMs: 3_600_000, rollOver: undefined, percentGood: 99 } as const)
        : undefined;
    const expression = texts[kind]?.(a, b) ?? a;
    const own = { device: "", type: kind === 4 ? "boolean" : "double" } as const;
    tags.push(testTag(roots + n, `d${n}`, { ...own, derived: { expression, over, inputs, roots: inputs } }));
  }
  return testPlant({ tags });
}

/** CPU of so many seconds of samples, ms. */
function measure(derived: boolean): { readonly cpuMs: number; readonly startMs: number; readonly computed: number } {
  const plant = plantOf(derived);
  const image = new Image(plant.tags.length, clock, silentLog);
  const store = { list: async () => [], put: async () => undefined, forget: async () => undefined };
  const memory = new DerivedMemory({ store, clock, timers, log: silentLog });
  const begun = performance.now();
  const engine = new DerivedTags({ plant, image, compile, memory, clock, timers, log: silentLog });
  const startMs = performance.now() - begun;
  const round = (n: number): void => {
    const batch = new BatchBuilder();
    const now = clock.wallMs();
    for (let handle = 0; handle < roots; handle++) {
      image.confirm(handle);
      batch.push(handle, ((n * 7 + handle) % 1000) + 0.5, 0, now);
    }
    image.apply(batch.build(now));
  };
  for (let n = 0; n < 5; n++) round(n);
  const [before, counted] = [process.cpuUsage(), engine.counts().computed];
  for (let n = 5; n < 5 + seconds; n++) round(n);
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, startMs, computed: engine.counts().computed - counted };
}

const bare = measure(false);
const whole = measure(true);
const share = (100 * (whole.cpuMs - bare.cpuMs)) / (seconds * 1000);
const eachUs = ((whole.cpuMs - bare.cpuMs) * 1000) / whole.computed;
process.stdout.write(
  `${roots} tags at 1 Hz                    ${((100 * bare.cpuMs) / (seconds * 1000)).toFixed(2)} % of a core\n`,
);
process.stdout.write(
  `and ${roots * perRoot} derived tags            + ${share.toFixed(2)} % of a core, ${eachUs.toFixed(1)} µs each\n`,
);
process.stdout.write(`compiled at the start in ${whole.startMs.toFixed(0)} ms\n`);
if (share > limits.share || eachUs > limits.eachUs) process.exitCode = 1;
