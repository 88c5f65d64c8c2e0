import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayProcess, startScript } from "./gateway-process.ts";
import { costOf, median } from "./process-cost.ts";

/** Five windows of six seconds and the starts before them stay within a minute. */
const windows = 5;
const windowMs = 6_000;
const settleMs = 8_000;

export interface Pair {
  readonly title: string;
  /** One plant of the simulators, with its options; or what else starts what is heard. */
  readonly plant: Readonly<Record<string, unknown>> | (() => Promise<{ child: ChildProcess; ports: Ports }>);
  /** Changes a second, at most ten of each tag. */
  readonly tags: number;
  readonly configuration: (ports: Ports) => string;
  /** Script and arguments of the bare client, which says `ready`. */
  readonly bare: (ports: Ports) => readonly string[];
  /** To reach. */
  readonly ratio: number;
  readonly rssMiB: number;
}

export type Ports = Readonly<Record<string, number>>;

/** Starts one simulated plant in a process of its own and gives its ports. */
export async function startPlant(plant: Readonly<Record<string, unknown>>) {
  const folder = mkdtempSync(join(tmpdir(), "plancia-bench-plant-"));
  const file = join(folder, "plants.json");
  writeFileSync(file, JSON.stringify({ plants: [plant] }));
  try {
    const { child, line } = await startScript(["simulators/main.ts", "--file", file, "--end-with-stdin"], (text) =>
      text.includes('"ready"'),
    );
    const ports = (JSON.parse(line) as { plants: Ports[] }).plants[0] as Ports;
    return { child, ports };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The head of every configuration of a bench, and its tags on one machine. */
export function benchConfiguration(devices: readonly string[], tags: readonly string[]): string {
  return [
    "version: 1",
    "gateway: { id: bench }",
    "site: { id: bench, name: Bench, timezone: Europe/Rome }",
    'server: { listen: "127.0.0.1:0" }',
    "security: { secondFactor: off }",
    "devices:",
    ...devices.map((line) => `  ${line}`),
    "equipment:",
    "  scale:",
    "    name: Scale",
    "    tags:",
    ...tags.map((line) => `      ${line}`),
    "",
  ].join("\n");
}

/**
 * The gateway with history and one dashboard beside a bare client of the same library with the same
 * subscriptions, in the same windows, so that the machine's mood falls on both. Exit code 1 where too
 * little arrived, or a limit is missed by half as much again.
 */
export async function measurePair(pair: Pair): Promise<void> {
  const plant = await (typeof pair.plant === "function" ? pair.plant() : startPlant(pair.plant));
  const bare = await startScript(pair.bare(plant.ports), (line) => line === "ready");
  const barePid = bare.child.pid as number;
  try {
    await using gateway = await GatewayProcess.start(pair.configuration(plant.ports));
    let samples = 0;
    gateway.onSample = () => void samples++;
    await gateway.watch();
    await sleep(settleMs);
    const recordedBefore = await recorded(gateway);
    samples = 0;
    const rows: { gateway: number; bare: number }[] = [];
    for (let n = 0; n < windows; n++) {
      const before = { gateway: costOf(gateway.pid), bare: costOf(barePid) };
      await sleep(windowMs);
      const after = { gateway: costOf(gateway.pid), bare: costOf(barePid) };
      rows.push({ gateway: after.gateway.cpuMs - before.gateway.cpuMs, bare: after.bare.cpuMs - before.bare.cpuMs });
    }
    const shown = samples / ((windows * windowMs) / 1000);
    const rss = { gateway: costOf(gateway.pid).rssMiB, bare: costOf(barePid).rssMiB };
    const now = await recorded(gateway);
    const perSecond = {
      shown,
      recorded: ((now.samples - recordedBefore.samples) / (now.ms - recordedBefore.ms)) * 1000,
    };
    tell(pair, rows, rss, perSecond);
  } finally {
    await Promise.all([bare.child, plant.child].map(end));
  }
}

/** Samples in history so far, and when that was. */
async function recorded(gateway: GatewayProcess): Promise<{ readonly samples: number; readonly ms: number }> {
  const samples = await gateway.metric("plancia_history_samples_total");
  return { samples, ms: performance.now() };
}

/** Asks a process to end, and ends it where it is too busy to hear. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const patience = setTimeout(() => child.kill("SIGKILL"), 3_000);
  const ended = once(child, "exit");
  child.stdin?.end();
  await ended;
  clearTimeout(patience);
}

function tell(
  pair: Pair,
  rows: readonly { readonly gateway: number; readonly bare: number }[],
  rss: { readonly gateway: number; readonly bare: number },
  perSecond: { readonly shown: number; readonly recorded: number },
): void {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const line = (name: string, cpuMs: number, rssMiB: number): void =>
    say(
      `${name.padEnd(14)} ${`${((cpuMs / windowMs) * 100).toFixed(1)} %`.padStart(7)} of a core  ${rssMiB.toFixed(0).padStart(4)} MiB`,
    );
  const ratios = rows.map((row) => row.gateway / row.bare);
  const all = (of: (row: (typeof rows)[number]) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  // Over all windows together: in a single one the rubbish collection of one side alone can double it.
  const ratio = all((row) => row.gateway) / all((row) => row.bare);
  say(pair.title);
  line("bare client", median(rows.map((row) => row.bare)), rss.bare);
  line("gateway", median(rows.map((row) => row.gateway)), rss.gateway);
  say(`CPU ratio ${ratio.toFixed(2)} × (windows: ${ratios.map((one) => one.toFixed(2)).join(" ")})`);
  say(`to reach: at most ${pair.ratio} × and ${pair.rssMiB} MiB: ${verdict(pair, ratio, rss.gateway)}`);
  say(`${perSecond.recorded.toFixed(0)} samples/s were recorded, ${perSecond.shown.toFixed(0)} reached the dashboard`);
  // A dashboard that is slow gets the newest of each tag; what came is what history has.
  const few = perSecond.recorded < pair.tags * 0.9;
  if (few) say("too few samples: this measured nothing");
  const far = ratio > pair.ratio * 1.5 || rss.gateway > pair.rssMiB * 1.5;
  if (few || far) process.exitCode = 1;
}

function verdict({ ratio: most, rssMiB }: Pair, ratio: number, rss: number): string {
  const missed = [...(ratio > most ? ["CPU"] : []), ...(rss > rssMiB ? ["memory"] : [])];
  return missed.length === 0 ? "reached" : `missed (${missed.join(", ")})`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
