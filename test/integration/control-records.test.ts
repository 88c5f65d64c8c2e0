import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../gateway/api/wire/command.ts";
import { causesOf, Operator } from "../rig/operator.ts";
import { type Plant, preparePlant } from "../rig/plant.ts";
import { underControl } from "../rig/under-control.ts";
import { until } from "../rig/until.ts";

/**
 * Point 10 of what shows that equipment as a service works: the audit store full, held by somebody else, or
 * broken: every write is refused, and nothing comes over the wire but the stop request, which works.
 */
let plant: Plant;
let olga: Operator;
let mounted = false;

beforeEach(async () => {
  plant = await preparePlant({ change: underControl("continue") });
  mkdirSync(plant.data);
  mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", plant.data]).status === 0;
  await plant.addUser("olga", "operator");
  await plant.start();
  olga = await Operator.enter(plant.url, "olga");
  await plant.restore(olga.person);
  await olga.takes("furnace");
});
afterEach(async () => {
  olga?.close();
  if (!plant.gateway.over) await plant.kill();
  if (mounted) spawnSync("umount", [plant.data]);
  await plant.close();
});

const wanted = { arguments: { target: 870, fan: 70 } };
const writesButStops = (): number => plant.furnace.writes.all().filter(({ function: code }) => code !== 5).length;

/** A write, a select, and the operate of what was selected while all was well: none of them is done. */
async function refusesEverything(selected: string): Promise<void> {
  const answers = [
    await olga.person.write("furnace/ramp", 12, { wait: 15_000 }),
    await olga.select("furnace:soak", wanted),
    await olga.operate(selected, { ...wanted, wait: 15_000 }),
  ];
  for (const answer of answers) {
    // Either the pipeline says so, or the records could not even be asked about the key.
    if (answer.status === 409) expect(causesOf(answer)).toContain("audit-unavailable");
    else expect(answer.status).toBe(503);
  }
  expect(writesButStops()).toBe(0);
}

async function stopWorks(): Promise<void> {
  const began = performance.now();
  const { status, body } = await olga.person.stop("furnace", olga.person.stopToken);
  expect([status, body.state, body.evidence]).toEqual([200, "VERIFIED", "effect"]);
  expect(performance.now() - began).toBeLessThan(3000);
  expect(plant.furnace.model.readings.running).toBe(false);
}

/** Every open screen and whoever watches the gateway is told, and nobody is moved to restart it. */
async function alarmStands(): Promise<void> {
  await olga.view.until(() => olga.view.of("beat").at(-1)?.audit === "unavailable");
  const ready = await fetch(`${plant.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { status: "ready", degraded: ["audit"] }]);
}

async function works(): Promise<void> {
  await plant.restore(olga.person);
  if (!(await olga.holds("furnace"))) await olga.takes("furnace");
  const again = async (): Promise<boolean> =>
    (await olga.person.write("furnace/setpoint", 860, { wait: 10_000 })).body.state === "VERIFIED";
  await until(again, "writes are possible again", 20_000);
  await olga.view.until(() => olga.view.of("beat").at(-1)?.audit === "written");
  expect(await (await fetch(`${plant.url}/readyz`)).json()).toEqual({ status: "ready" });
}

describe("with records that cannot be written", () => {
  it("because the disk is full: refused until there is space; the stop is on record then", async (context) => {
    if (!mounted) context.skip("a small disk cannot be mounted here: that needs root and the right to mount");
    const { body } = await olga.select("furnace:soak", wanted);
    const filler = join(plant.data, "filler");
    fill(filler);
    await refusesEverything(body.id);
    await stopWorks();
    await alarmStands();
    rmSync(filler);
    await works();
    const { items } = (await olga.person.get<{ items: Command[] }>("/commands?limit=50")).body;
    expect(items.find(({ kind }) => kind === "stop")).toMatchObject({ state: "VERIFIED" });
    // The select went away with the stop request.
    expect((await olga.recorded(body.id)).state).not.toBe("VERIFIED");
    expect((await plant.plancia(["audit", "verify"])).code).toBe(0);
  });

  it("because somebody else holds them: refused, the stop works at once", async () => {
    const { body } = await olga.select("furnace:soak", wanted);
    {
      using records = new DatabaseSync(join(plant.data, "records.db"));
      records.exec("BEGIN EXCLUSIVE");
      const refused = refusesEverything(body.id);
      await stopWorks();
      await refused;
      records.exec("ROLLBACK");
    }
    await works();
    expect((await plant.plancia(["audit", "verify"])).code).toBe(0);
  });

  it("because the audit is not where it was: refused, the stop works", async () => {
    const { body } = await olga.select("furnace:soak", wanted);
    {
      using records = new DatabaseSync(join(plant.data, "records.db"), { timeout: 10_000 });
      records.exec("ALTER TABLE audit RENAME TO gone");
    }
    await refusesEverything(body.id);
    await stopWorks();
    await alarmStands();
    expect(writesButStops()).toBe(0);
  });
});

/** To the last byte. */
function fill(file: string): void {
  const block = new Uint8Array(64 * 1024);
  const descriptor = openSync(file, "w");
  try {
    for (let size = block.length; size >= 1; ) {
      try {
        writeSync(descriptor, block.subarray(0, size));
      } catch {
        // Full for a block of this size.
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(descriptor);
  }
}
