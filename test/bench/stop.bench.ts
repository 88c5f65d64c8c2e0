import { randomUUID } from "node:crypto";
import type { Configuration } from "../rig/configuration.ts";
import { manyNames } from "../rig/crowd.ts";
import { Asker } from "./asker.ts";
import { type BareValue, bareRegister, bareVariable } from "./bare-write.ts";
import { changesPerSecond, configurationText, type Machine, startMachines } from "./command-machines.ts";
import type { Came } from "./command-shape.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { percentile } from "./process-cost.ts";
import { SamplesSeen, sleep } from "./samples-seen.ts";

/**
 * Under a load of 10,000 changes/s: from a stop request over HTTP to its first write as the machine's process
 * saw it come, beside a bare client's write from its call to the same place, in turns. Once with nothing else
 * to do, and behind 500 writes of 25 people – in one half of the rounds when all of them wait for their turn, in
 * the other in the very moment in which they were given, while the gateway still works on them. What was on the
 * wire when the request came counts for itself: the machine is slow then, and a bus does one thing at a time.
 */
const alone = 80;
const pending = 500;
const rounds = 20;
/** With one sign-in: a person may have twenty of them, and a token is good for five minutes. */
const perSignIn = 5;
const perPerson = 20;
/** Stop requests closer together share their writes, ms. */
const apartMs = 150;
/** The slow machine answers a write so much later, ms. */
const slowMs = 100;
/** So much later those that were given all wait, ms; they are good for 5 s. */
const settleMs = 1_000;
/** Of the p99 above the bare write's and what was on the wire, ms. */
const most = 20;
/** More than this means that something is broken, ms. */
const farMs = 300;

interface Side {
  readonly title: string;
  readonly equipment: string;
  readonly target: string;
  readonly value: (n: number) => number;
  readonly machine: Machine;
  readonly bare: BareValue;
  /** Whether a stop has to wait for the answer to what was sent before it. */
  readonly oneAtATime: boolean;
}

interface Times {
  readonly bare: number[];
  readonly stop: number[];
  /** The same behind the writes that wait, less what was on the wire. */
  readonly behind: number[];
  /** And while they were still coming. */
  readonly among: number[];
  readonly waited: number[];
  unconfirmed: number;
}

/** ms UTC, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

async function bareWrite(side: Side, times: Times): Promise<void> {
  const { count } = await side.machine.ask({ ask: "writes", since: 0 });
  const began = now();
  await side.bare.write(side.value(times.bare.length));
  const { writes } = await side.machine.ask({ ask: "writes", since: count });
  const [first] = writes;
  if (first) times.bare.push(first.atMs - began);
}

interface Seen {
  readonly askedMs: number;
  readonly cameMs: number;
  /** The last one before it. */
  readonly before: Came | undefined;
}

async function stop(asker: Asker, side: Side, since: number, times: Times): Promise<Seen | undefined> {
  const askedMs = now();
  const { body } = await asker.post(`/equipment/${side.equipment}/stop`, { reason: "measuring" });
  if (body?.state !== "VERIFIED") times.unconfirmed++;
  const { writes } = await side.machine.ask({ ask: "writes", since });
  const at = writes.findIndex((write) => write.stop);
  const came = writes[at];
  return came && { askedMs, cameMs: came.atMs, before: writes[at - 1] };
}

async function measureAlone(asker: Asker, side: Side, times: Times): Promise<void> {
  for (let n = 0; n < alone; n++) {
    await bareWrite(side, times);
    await sleep(apartMs);
    const { count } = await side.machine.ask({ ask: "writes", since: 0 });
    const seen = await stop(asker, side, count, times);
    if (seen) times.stop.push(seen.cameMs - seen.askedMs);
  }
}

async function behind(
  asker: Asker,
  crowd: readonly Asker[],
  side: Side,
  times: Times,
  when: "behind" | "among",
): Promise<void> {
  const { count } = await side.machine.ask({ ask: "delay", ms: slowMs });
  const { ticket } = (await asker.get("/ticket")).body;
  const given = await Promise.all(
    Array.from({ length: pending }, (_, i) => {
      const order = { target: `${side.target}_${i}`, value: side.value(i), key: randomUUID(), ticket, wait: 0 };
      return (crowd[i % crowd.length] as Asker).post("/commands", order);
    }),
  );
  times.waited.push(given.filter(({ status }) => status === 202).length);
  if (when === "behind") await sleep(settleMs);
  const seen = await stop(asker, side, count, times);
  await side.machine.ask({ ask: "delay", ms: 0 });
  if (seen) {
    const { askedMs, cameMs, before } = seen;
    const onWireMs = side.oneAtATime && before ? Math.max(0, before.atMs + slowMs - askedMs) : 0;
    times[when].push(cameMs - askedMs - onWireMs);
  }
  await settled(asker);
}

/** With a token that has just begun. */
async function as(gateway: GatewayProcess, run: (asker: Asker) => Promise<void>): Promise<void> {
  const asker = new Asker(gateway.url, await gateway.signIn());
  await run(asker);
  asker.close();
}

/** Nothing is on its way any more. */
async function settled(asker: Asker): Promise<void> {
  for (;;) {
    const { body } = await asker.get("/commands?state=SENT&limit=1");
    if ((body["items"] as unknown[] | undefined)?.length === 0) return;
    await sleep(200);
  }
}

function tell(side: Side, times: Times): void {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const line = (name: string, each: readonly number[], more = ""): void => {
    const cells = [percentile(each, 0.5), percentile(each, 0.99)].map((ms) => `${ms.toFixed(2)} ms`.padStart(11));
    say(`  ${name.padEnd(44)}${cells.join("")}${String(each.length).padStart(7)}${more}`);
  };
  const verdict = (each: readonly number[]): string => {
    const above = percentile(each, 0.99) - percentile(times.bare, 0.99);
    if (above > farMs) process.exitCode = 1;
    return `  ${above.toFixed(1)} ms above, ${above <= most ? "reached" : "missed"}`;
  };
  say(side.title);
  line("bare write → at the machine", times.bare);
  line("stop request → at the machine", times.stop, verdict(times.stop));
  const fewest = Math.min(...times.waited);
  line(`  behind ${fewest} that were given, less the wire`, times.behind, verdict(times.behind));
  line("  in the moment in which they are given", times.among, verdict(times.among));
  if (times.unconfirmed > 0) say(`  ${times.unconfirmed} were not confirmed`);
  if (fewest < pending / 2 || times.behind.length + times.among.length < rounds || times.stop.length < alone) {
    say("  too few: this measured nothing");
    process.exitCode = 1;
  }
}

/** Enough operators that so many commands can be on their way at once, each with an address of its own. */
async function crowdOf(gateway: GatewayProcess, administrator: Asker): Promise<readonly Asker[]> {
  const crowd: Asker[] = [];
  for (let n = 0; n < pending / perPerson; n++) {
    const name = `operator${n}`;
    const user = { name, role: "operator", equipment: ["*"], password: gateway.password, language: "en" };
    const { status } = await administrator.post("/users", user);
    if (status !== 201) throw new Error(`user ${name}: ${status}`);
    crowd.push(new Asker(gateway.url, await gateway.signIn(name), `127.0.1.${n + 1}`));
  }
  return crowd;
}

/**
 * The line's process must see a write when it comes. Five hundred monitored items on one variable, each looked at
 * every 50 ms, keep it busy for 20 to 100 ms at a stretch: no machine has them, and the wait would count as the gateway's.
 */
function lookRarely({ equipment }: Configuration): void {
  for (const [name, tag] of Object.entries(equipment["line1"]?.tags ?? {})) {
    if (/_\d+$/.test(name)) tag["address"] = { nodeId: String(tag["address"]), sampling: "1h" };
  }
}

async function main(): Promise<void> {
  const machines = await startMachines((configuration) => {
    manyNames(configuration, "furnace", "fan", pending);
    manyNames(configuration, "line1", "speed_setpoint", pending);
    lookRarely(configuration);
  });
  try {
    const trusted = [machines.line.ready.certificate ?? ""];
    const settings = { trusted, role: "administrator" } as const;
    await using gateway = await GatewayProcess.start(configurationText(machines.configuration), settings);
    const load = new SamplesSeen(gateway);
    await gateway.watch(100, ["load/*"]);
    const crowd = await crowdOf(gateway, new Asker(gateway.url, await gateway.signIn()));
    await sleep(8000);
    const sides: readonly Side[] = [
      {
        title: "furnace, Modbus TCP",
        ...{ equipment: "furnace", target: "furnace/fan", value: (n) => n % 100, machine: machines.furnace },
        bare: await bareRegister(machines.furnace.ready, 3),
        oneAtATime: true,
      },
      {
        title: "filling line, OPC UA, signed and encrypted",
        ...{ equipment: "line1", target: "line1/speed_setpoint", value: (n) => 60 + (n % 140), machine: machines.line },
        bare: await bareVariable(machines.line.ready, "ns=1;s=Line1.SpeedSetpoint"),
        oneAtATime: false,
      },
    ];
    process.stdout.write(`under ${changesPerSecond} changes/s${" ".repeat(33)}median        p99  times\n`);
    load.begin();
    for (const side of sides) {
      const times: Times = { bare: [], stop: [], behind: [], among: [], waited: [], unconfirmed: 0 };
      await as(gateway, (asker) => measureAlone(asker, side, times));
      for (let n = 0; n < rounds; n += perSignIn) {
        await as(gateway, async (asker) => {
          for (let i = n; i < n + perSignIn; i++) {
            await behind(asker, crowd, side, times, i % 2 === 0 ? "behind" : "among");
          }
        });
      }
      tell(side, times);
      await side.bare.close();
    }
    load.end();
    for (const each of crowd) each.close();
    load.tell(0.8 * changesPerSecond);
  } finally {
    machines.end();
  }
}

await main();
