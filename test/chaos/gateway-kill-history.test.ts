import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** F1 through the door: what `/history` has returned, it returns again. */
const seed = Number(process.env["PLANCIA_TEST_SEED"] ?? 1);
const kills = 5;
const tags = ["furnace/temperature", "furnace/power", "furnace/fan"];

type Point = readonly [number, unknown, number];

let plant: Plant;
let person: Person;

beforeAll(async () => {
  plant = await startPlant({
    people: { olga: "operator" },
    furnace: { tickMs: 10 },
    change: (configuration) => {
      const { devices, equipment } = configuration;
      // It asks without a pause, as nobody does.
      const limits = { requestsPerMinute: { address: 100_000, user: 100_000, organisation: 100_000 } };
      configuration["server"] = { ...(configuration["server"] as object), limits };
      Object.assign(devices["furnace-plc"] ?? {}, { interval: "20ms", timeout: "500ms" });
      const fan = equipment["furnace"]?.tags["fan"];
      if (fan) fan["writable"] = { class: "C1", limits: [0, 100], every: "10ms" };
    },
  });
  person = await plant.enter("olga");
});
afterAll(() => plant?.close());

/** What came back, by tag. Two samples may have one time: a mark of freshness and the answer right after it. */
const returned = new Map<string, Set<string>>(tags.map((tag) => [tag, new Set()]));

function keep(tag: string, points: readonly Point[]): void {
  for (const point of points) returned.get(tag)?.add(JSON.stringify(point));
}

/** Reads and writes without a pause until the gateway is gone. @returns how many answers came. */
async function load(sinceMs: number): Promise<number> {
  let answers = 0;
  try {
    for (let n = 0; ; n++) {
      const tag = tags[n % tags.length] as string;
      keep(tag, (await person.history(tag, Math.max(sinceMs, Date.now() - 3000))) as readonly Point[]);
      if (n % 5 === 0) await person.write("furnace/fan", n % 100, { wait: 0 });
      answers++;
    }
  } catch (error) {
    // fetch rejects with a TypeError when the gateway is gone; anything else is a finding.
    if (!(error instanceof TypeError)) throw error;
    return answers;
  }
}

it(`everything that was returned is returned again after each of ${kills} kill -9, in order and once`, async () => {
  const sinceMs = Date.now() - 1000;
  let random = seed;
  for (let kill = 0; kill < kills; kill++) {
    const working = load(sinceMs);
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    await sleep(1500 + (random / 2 ** 32) * 3000);
    await plant.kill();
    expect(await working, `kill ${kill}`).toBeGreaterThan(5);
    const { code, stdout } = await plant.plancia(["audit", "verify"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/the chain holds/)]);
    await plant.start();
    for (const tag of tags) {
      const points = (await person.history(tag, sinceMs)) as readonly Point[];
      const disorder = points.filter(([time], n) => n > 0 && time < (points[n - 1]?.[0] ?? 0));
      expect(disorder, `${tag}, kill ${kill}: before the one before`).toEqual([]);
      const found = new Set(points.map((point) => JSON.stringify(point)));
      expect(found.size, `${tag}, kill ${kill}: one of them twice`).toBe(points.length);
      const missing = [...(returned.get(tag) ?? [])].filter((point) => !found.has(point));
      expect(missing, `${tag}, kill ${kill}: returned before, not any more`).toEqual([]);
    }
  }
  expect(returned.get("furnace/temperature")?.size).toBeGreaterThan(100);
});
