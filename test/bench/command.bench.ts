import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Configuration } from "../rig/configuration.ts";
import { Asker } from "./asker.ts";
import { type BareValue, bareRegister, bareVariable } from "./bare-write.ts";
import { changesPerSecond, configurationText, startMachines } from "./command-machines.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { percentile } from "./process-cost.ts";
import { SamplesSeen, sleep } from "./samples-seen.ts";

/**
 * Under a load of 10,000 changes/s: a command from its request over HTTP to VERIFIED, beside a write and a
 * read of the same value by nothing but the library, in turns of a few each. Everything is a process of its
 * own: both machines, the plants of the load, the gateway; the bare clients and the one who asks are here.
 *
 * A bare client answers to nobody over HTTP and leaves no record. What these two cost here and now is measured
 * beside it: a request that asks for nothing, and records that reach the disk – one before the write (R5), one
 * before the result is told.
 */
const turns = 20;
const perTurn = 15;
const warmUp = 30;
/** Of the medians. */
const most = 1.5;
/** More of the gateway's own than this, on the median, means that something is broken, ms. */
const farMs = 25;

interface Side {
  readonly title: string;
  readonly target: string;
  readonly command: string | undefined;
  /** A value that the machine takes, another one each time. */
  readonly value: (n: number) => number;
  readonly bare: BareValue;
}

/**
 * Written as fast as it may be. The furnace also has a command of class C2 that writes the same value, selected
 * first, and proven by what the controller has in force; nothing of the line shows a new speed at once.
 */
function declare({ equipment }: Configuration): void {
  for (const [machine, tag] of [
    ["furnace", "fan"],
    ["line1", "speed_setpoint"],
  ] as const) {
    const one = equipment[machine]?.tags[tag];
    if (!one) throw new Error(`there is no ${machine}/${tag}`);
    const { every: _rate, maxStep: _step, ...writable } = one["writable"] as Record<string, unknown>;
    one["writable"] = writable;
  }
  const { furnace } = equipment;
  if (!furnace) throw new Error("there is no furnace");
  furnace.tags["fan_in_force"] = {
    device: "furnace-plc",
    address: { table: "input", register: 11, type: "uint16" },
  };
  furnace["commands"] = {
    change: {
      name: { en: "Change", it: "Cambia" },
      class: "C2",
      arguments: { to: { name: { en: "To", it: "A" }, type: "uint16", limits: [0, 100] } },
      do: [{ write: "fan", argument: "to" }],
      feedback: { when: "fan_in_force == args.to", within: "5s" },
    },
  };
}

/** How long each took, ms. */
interface Times {
  readonly request: number[];
  readonly record: number[];
  readonly direct: number[];
  readonly selected: number[];
  readonly bare: number[];
  failed: number;
}

async function turn(asker: Asker, side: Side, times: Times, count: number): Promise<void> {
  let n = times.direct.length;
  for (let i = 0; i < count; i++) {
    const { ticket } = (await asker.get("/ticket")).body;
    const order = { target: side.target, value: side.value(n++), key: randomUUID(), ticket };
    const began = performance.now();
    const { body } = await asker.post("/commands", order);
    if (body?.state === "VERIFIED") times.direct.push(performance.now() - began);
    else failed(times, body);
  }
  if (side.command === undefined) return;
  for (let i = 0; i < count / 3; i++) {
    const given = { to: side.value(n++) };
    const { ticket } = (await asker.get("/ticket")).body;
    const began = performance.now();
    const { body } = await asker.post("/commands", {
      target: side.command,
      arguments: given,
      key: randomUUID(),
      ticket,
    });
    const operated = await asker.post(`/commands/${body.id}/operate`, { arguments: given, ticket });
    if (operated.body?.state === "VERIFIED") times.selected.push(performance.now() - began);
    else failed(times, operated.body);
  }
}

function failed(times: Times, body: unknown): void {
  if (times.failed++ === 0) process.stdout.write(`not VERIFIED: ${JSON.stringify(body)}\n`);
}

/** A page of a database is appended and brought to the disk. */
class Disk implements Disposable {
  readonly #path = join(tmpdir(), `plancia-bench-${process.pid}`);
  readonly #file = openSync(this.#path, "w");
  readonly #pages = Buffer.alloc(16_384, 1);

  record(): number {
    const began = performance.now();
    writeSync(this.#file, this.#pages);
    fsyncSync(this.#file);
    return performance.now() - began;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
    unlinkSync(this.#path);
  }
}

async function besideTurn(asker: Asker, disk: Disk, times: Times, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await asker.get("/ticket");
    times.request.push(performance.now() - began);
    times.record.push(disk.record());
  }
}

async function bareTurn(side: Side, times: Times, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const value = side.value(times.bare.length);
    const began = performance.now();
    await side.bare.write(value);
    if ((await side.bare.read()) !== value) failed(times, "the bare client reads something else");
    times.bare.push(performance.now() - began);
  }
}

async function measure(asker: Asker, side: Side): Promise<Times> {
  using disk = new Disk();
  const fresh = (): Times => ({ direct: [], selected: [], bare: [], request: [], record: [], failed: 0 });
  const warm = fresh();
  await turn(asker, side, warm, warmUp);
  await bareTurn(side, warm, warmUp);
  const times = fresh();
  for (let n = 0; n < turns; n++) {
    // Who goes first changes, since the machine drifts.
    if (n % 2 === 0) await turn(asker, side, times, perTurn);
    await bareTurn(side, times, perTurn);
    await besideTurn(asker, disk, times, perTurn / 3);
    if (n % 2 === 1) await turn(asker, side, times, perTurn);
  }
  return times;
}

function tell(side: Side, { direct, selected, bare, request, record, failed: lost }: Times): void {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const line = (name: string, each: readonly number[]): void => {
    const cells = [percentile(each, 0.5), percentile(each, 0.99)].map((ms) => `${ms.toFixed(2)} ms`.padStart(10));
    const ratio = percentile(each, 0.5) / percentile(bare, 0.5);
    say(`  ${name.padEnd(34)}${cells.join("")}${String(each.length).padStart(7)}  ${ratio.toFixed(2)} ×`);
  };
  say(side.title);
  line("bare write + read", bare);
  line("C1: request → VERIFIED", direct);
  if (selected.length > 0) line("C2: select, operate → VERIFIED", selected);
  line("a request that asks for nothing", request);
  line("a record that reaches the disk", record);
  const [whole, alone, asking, recording] = [direct, bare, request, record].map((each) => percentile(each, 0.5)) as [
    ...[number, number, number, number],
  ];
  const ratio = whole / alone;
  const ownMs = whole - alone - asking - 2 * recording;
  say(`  to reach: at most ${most} × the bare median: ${ratio <= most ? "reached" : "missed"}`);
  say(
    `  without asking over HTTP and two records: ${(1 + Math.max(0, ownMs) / alone).toFixed(2)} × (${ownMs.toFixed(2)} ms more than bare)`,
  );
  if (lost > 0) say(`  ${lost} were not VERIFIED`);
  if (lost > 0 || ownMs > farMs) process.exitCode = 1;
}

async function main(): Promise<void> {
  const machines = await startMachines(declare);
  try {
    const trusted = [machines.line.ready.certificate ?? ""];
    await using gateway = await GatewayProcess.start(configurationText(machines.configuration), { trusted });
    const load = new SamplesSeen(gateway);
    await gateway.watch();
    await sleep(10_000);
    const sides: readonly Side[] = [
      {
        title: "furnace, Modbus TCP",
        ...{ target: "furnace/fan", command: "furnace:change", value: (n) => n % 100 },
        bare: await bareRegister(machines.furnace.ready, 3),
      },
      {
        title: "filling line, OPC UA, signed and encrypted",
        ...{ target: "line1/speed_setpoint", command: undefined, value: (n) => 60 + (n % 140) },
        bare: await bareVariable(machines.line.ready, "ns=1;s=Line1.SpeedSetpoint"),
      },
    ];
    process.stdout.write(`under ${changesPerSecond} changes/s${" ".repeat(20)}median       p99  times\n`);
    const asker = new Asker(gateway.url, await gateway.signIn());
    load.begin();
    for (const side of sides) {
      tell(side, await measure(asker, side));
      await side.bare.close();
    }
    load.end();
    asker.close();
    load.tell(0.9 * changesPerSecond);
  } finally {
    machines.end();
  }
}

await main();
