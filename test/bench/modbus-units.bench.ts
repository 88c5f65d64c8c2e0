import { connect } from "node:net";
import type { Channel, Point } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { isGood } from "../../gateway/core/status.ts";
import { modbus } from "../../gateway/drivers/modbus/manifest.ts";
import { systemClock, systemTimers } from "../../gateway/kit/clock.ts";
import { startScript } from "./gateway-process.ts";
import { median, percentile } from "./process-cost.ts";

/**
 * 10,000 Modbus registers over ten units on one connection, one of which falls silent: how well the other
 * nine keep their period, and what the driver costs beside a raw read of the same blocks.
 */
const units = 10;
const perUnit = 1_000;
const periodMs = 1_000;
const windowMs = 60_000;
const rounds = 7;
const cyclesARound = 20;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const name = (unit: number): string => `u${unit}`;
const points: readonly Point[] = Array.from({ length: perUnit }, (_, register) => {
  const address = modbus.address.parse({ table: "holding", register });
  return { handle: register, address, type: "uint16", writable: false };
});

async function open(port: number, timeout: string): Promise<Channel> {
  const { createChannel } = await modbus.load();
  const devices = Array.from({ length: units }, (_, i) => {
    const settings = modbus.settings.parse({ host: "127.0.0.1", port, unitId: i + 1, timeout });
    return { id: name(i + 1), settings, intervalMs: periodMs };
  });
  const lost = (error: Error): never => {
    throw error;
  };
  const context = { folder: "", log: silentLog, clock: systemClock, timers: systemTimers, lost };
  const channel = createChannel(devices, context);
  await channel.connect(AbortSignal.timeout(5_000));
  return channel;
}

const read = (channel: Channel, unit: number) =>
  channel.read?.(name(unit), points, new AbortController().signal, "poll") ?? Promise.reject(new Error("cannot read"));

/** Times from one whole reading of a unit to the next, ms. */
async function periods(channel: Channel, unit: number, endMs: number): Promise<number[]> {
  const found: number[] = [];
  let last: number | undefined;
  for (let due = performance.now() + (unit * periodMs) / units; due < endMs; due += periodMs) {
    await sleep(due - performance.now());
    const readings = await read(channel, unit);
    const now = performance.now();
    if (readings.every(({ status }) => isGood(status))) {
      if (last !== undefined) found.push(now - last);
      last = now;
    }
  }
  return found;
}

/** @param silent how many units, the last ones, never answer. */
async function keepPeriod(port: number, timeout: string, silent: 0 | 1): Promise<boolean> {
  const channel = await open(port, timeout);
  const endMs = performance.now() + windowMs;
  const all = await Promise.all(Array.from({ length: units }, (_, i) => periods(channel, i + 1, endMs)));
  await channel.close();
  const living = all.slice(0, units - 1).flat();
  const off = living.map((ms) => Math.abs(ms - periodMs) / periodMs);
  const p99 = percentile(off, 0.99) * 100;
  const last = all.at(-1)?.length ?? 0;
  const full = living.length >= (units - 1) * (windowMs / periodMs - 3);
  const share = (value: number): string => `${value.toFixed(1)} %`;
  const aim = silent === 0 ? "to compare with" : `aim 5 %: ${p99 <= 5 ? "reached" : "missed"}`;
  print(
    `${silent === 0 ? "all ten alive" : "the tenth dead"}, time-out ${timeout}: ${living.length} periods of nine units, off by ${share(median(off) * 100)} at the median and ${share(p99)} at p99 (${aim}); the tenth answered ${last} times`,
  );
  return full && (silent === 0 ? last > 0 : last === 0);
}

/** Asks for 125 registers at once, checks nothing but that an answer came whole, and decodes nothing. */
async function rawReader(port: number): Promise<{ cycle(): Promise<void>; end(): void }> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  let wanted = 0;
  let done = (): void => undefined;
  socket.on("data", (chunk: Buffer) => {
    wanted -= chunk.length;
    if (wanted === 0) done();
  });
  const block = async (unit: number, start: number): Promise<void> => {
    wanted = 9 + 250;
    const answered = new Promise<void>((resolve) => {
      done = resolve;
    });
    socket.write(Buffer.from([0, 1, 0, 0, 0, 6, unit, 3, start >> 8, start & 0xff, 0, 125]));
    await answered;
  };
  return {
    async cycle() {
      for (let unit = 1; unit <= units; unit++)
        for (let start = 0; start < perUnit; start += 125) await block(unit, start);
    },
    end: () => socket.destroy(),
  };
}

async function cpuMs(run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let cycle = 0; cycle < cyclesARound; cycle++) await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

async function cost(port: number): Promise<void> {
  const channel = await open(port, "1s");
  const raw = await rawReader(port);
  const driver = async (): Promise<void> => {
    for (let unit = 1; unit <= units; unit++) await read(channel, unit);
  };
  await cpuMs(raw.cycle);
  await cpuMs(driver);
  const rows: { raw: number; driver: number }[] = [];
  for (let round = 0; round < rounds; round++) rows.push({ raw: await cpuMs(raw.cycle), driver: await cpuMs(driver) });
  await channel.close();
  raw.end();
  const each = (ms: number): string => `${((ms * 1_000_000) / (cyclesARound * units * perUnit)).toFixed(0)} ns`;
  const ratio = median(rows.map((row) => row.driver / row.raw));
  print(
    `CPU per register: driver ${each(median(rows.map((row) => row.driver)))}, raw block read ${each(median(rows.map((row) => row.raw)))}, ratio ${ratio.toFixed(2)} (aim ≤ 3: ${ratio <= 3 ? "reached" : "missed"})`,
  );
}

const size = ["--registers", String(units * perUnit), "--units", String(units), "--layout", "uint16"];
const ports = ["--modbus-port", "0", "--fault-port", "0", "--end-with-stdin"];
const simulator = await startScript(["simulators/main.ts", "--plant", "scale", ...size, ...ports], (line) =>
  line.includes("ready"),
);
type Ready = { plants: { modbusPort: number; faultPort: number }[] };
const [plant] = (JSON.parse(simulator.line) as Ready).plants;
try {
  if (!plant) throw new Error("the plant did not start");
  print(
    `${units * perUnit} registers over ${units} units on one connection at ${1000 / periodMs} Hz, unit ${units} silent`,
  );
  await cost(plant.modbusPort);
  let valid = await keepPeriod(plant.modbusPort, "1s", 0);
  const fault = await fetch(`http://127.0.0.1:${plant.faultPort}/fault`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "drop", unitId: units }),
  });
  if (!fault.ok) throw new Error(`the fault was refused: ${await fault.text()}`);
  for (const timeout of ["100ms", "1s"]) valid = (await keepPeriod(plant.modbusPort, timeout, 1)) && valid;
  if (!valid) {
    print("too few periods, or the dead unit answered: this measured nothing");
    process.exitCode = 1;
  }
} finally {
  simulator.child.stdin?.end();
}
