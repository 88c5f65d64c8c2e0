import { scaleLayout } from "../../simulators/plants/scale/layout.ts";
import { GatewayProcess, startScript } from "./gateway-process.ts";
import { costOf, median } from "./process-cost.ts";

/**
 * 1,000 (and with `PLANCIA_BENCH_LARGE=1` 10,000) Modbus registers, all changing at 1 Hz, read at
 * 1 Hz, recorded, and shown to one dashboard – beside a bare client that only reads and decodes
 * them. Both run in the same windows, so that the machine's mood falls on both.
 */
const windows = 5;
const windowMs = 6_000;

function configuration(port: number, registers: number, units: number): string {
  const perUnit = registers / units;
  const points = scaleLayout({ registers, units, layout: "float32" });
  const devices = Array.from(
    { length: units },
    (_, i) => `  u${i + 1}: { driver: modbus, host: 127.0.0.1, port: ${port}, unitId: ${i + 1}, interval: 1s }`,
  );
  const tags = points.map(
    ({ unitId, register }) =>
      `      t${(unitId - 1) * perUnit + register}: { device: u${unitId}, address: { table: holding, register: ${register}, type: float32 } }`,
  );
  return [
    "version: 1",
    "gateway: { id: bench }",
    "site: { id: bench, name: Bench, timezone: Europe/Rome }",
    'server: { listen: "127.0.0.1:0" }',
    "security: { secondFactor: off }",
    "devices:",
    ...devices,
    "equipment:",
    "  scale:",
    "    name: Scale",
    "    tags:",
    ...tags,
    "",
  ].join("\n");
}

async function measure(registers: number, units: number): Promise<void> {
  const simulator = await startScript(
    [
      "simulators/main.ts",
      "--plant",
      "scale",
      "--modbus-port",
      "0",
      "--registers",
      String(registers),
      "--units",
      String(units),
      "--layout",
      "float32",
      "--end-with-stdin",
    ],
    (line) => line.includes("ready"),
  );
  const { modbusPort } = (JSON.parse(simulator.line) as { plants: { modbusPort: number }[] }).plants[0] as {
    modbusPort: number;
  };
  const bare = await startScript(
    ["test/bench/bare-modbus.ts", String(modbusPort), String(units), String(registers / units)],
    (line) => line === "ready",
  );
  try {
    await using gateway = await GatewayProcess.start(configuration(modbusPort, registers, units));
    let samples = 0;
    gateway.onSample = () => void samples++;
    await gateway.watch();
    await sleep(4000);
    const rows: { gateway: number; bare: number }[] = [];
    samples = 0;
    for (let n = 0; n < windows; n++) {
      const before = { gateway: costOf(gateway.pid), bare: costOf(bare.child.pid as number) };
      await sleep(windowMs);
      const after = { gateway: costOf(gateway.pid), bare: costOf(bare.child.pid as number) };
      rows.push({ gateway: after.gateway.cpuMs - before.gateway.cpuMs, bare: after.bare.cpuMs - before.bare.cpuMs });
    }
    const share = (ms: number): string => `${((ms / windowMs) * 100).toFixed(1)} %`.padStart(7);
    const print = (name: string, cpu: number, rss: number): void =>
      void process.stdout.write(`${name.padEnd(14)} ${share(cpu)} of a core  ${rss.toFixed(0).padStart(4)} MiB\n`);
    process.stdout.write(`${registers} registers (${registers / 2} float32) over ${units} units at 1 Hz\n`);
    print("bare client", median(rows.map((row) => row.bare)), costOf(bare.child.pid as number).rssMiB);
    print("gateway", median(rows.map((row) => row.gateway)), costOf(gateway.pid).rssMiB);
    const ratio = median(rows.map((row) => row.gateway / row.bare));
    const perSecond = samples / ((windows * windowMs) / 1000);
    process.stdout.write(`CPU ratio ${ratio.toFixed(2)} ×; ${perSecond.toFixed(0)} samples/s reached the dashboard\n`);
    if (perSecond < (registers / 2) * 0.9) {
      process.stdout.write("too few samples: this measured nothing\n");
      process.exitCode = 1;
    }
  } finally {
    bare.child.stdin?.end();
    simulator.child.stdin?.end();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await measure(1000, 10);
if (process.env.PLANCIA_BENCH_LARGE) await measure(10_000, 10);
