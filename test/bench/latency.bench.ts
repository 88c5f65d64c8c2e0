import mqttClient from "mqtt";
import { GatewayProcess, startScript } from "./gateway-process.ts";
import { type LatencyPorts, latencyShape as shape } from "./latency-shape.ts";
import { benchConfiguration } from "./load-pair.ts";
import { percentile } from "./process-cost.ts";

/**
 * From the change in the device to the frame at the dashboard: each device's value is the time at which
 * it changed, and devices, gateway and this process share one clock. One socket for each, so that none
 * waits for another's frame. The last line is a bare client of the same broker in this process: what
 * it waits is the machine's own unrest, and none of the others can do better.
 */
const measureMs = 40_000;
const fewest = 100;

const sides = [
  { tag: "modbus", title: `Modbus, polled every ${shape.intervalMs} ms`, p99Ms: shape.intervalMs + 30 },
  { tag: "opcua", title: `OPC UA, published every ${shape.intervalMs} ms`, p99Ms: 150 },
  { tag: "sampled", title: "  the same, also sampled so often", p99Ms: undefined },
  { tag: "mqtt", title: "MQTT", p99Ms: undefined },
] as const;

function configuration(ports: LatencyPorts): string {
  const { intervalMs } = shape;
  return benchConfiguration(
    [
      `modbus: { driver: modbus, host: 127.0.0.1, port: ${ports.modbus}, interval: ${intervalMs}ms }`,
      `opcua: { driver: opcua, endpoint: "opc.tcp://127.0.0.1:${ports.opcua}", security: { mode: None }, interval: ${intervalMs}ms }`,
      `mqtt: { driver: mqtt, url: "mqtt://127.0.0.1:${ports.mqtt}" }`,
    ],
    [
      "modbus: { device: modbus, address: { table: holding, register: 0, type: float64 } }",
      // Sampling 0: the server tells of each change (Part 4 §7.21); else its own look comes on top of the publishing.
      `opcua: { device: opcua, address: { nodeId: "${shape.opcuaNode}", sampling: 0ms }, type: double }`,
      `sampled: { device: opcua, address: "${shape.opcuaNode}", type: double }`,
      `mqtt: { device: mqtt, address: { topic: "${shape.mqttTopic}", path: /value, timestamp: { path: /ts, format: ms } }, type: double }`,
    ],
  );
}

function tell(
  { title, p99Ms: most }: { title: string; p99Ms: number | undefined },
  delaysMs: readonly number[],
  unrestMs = 0,
): void {
  const median = percentile(delaysMs, 0.5);
  const p99 = percentile(delaysMs, 0.99);
  const wanted = most === undefined ? "" : `  to reach: ${most} ms, ${p99 <= most ? "reached" : "missed"}`;
  const cells = [median, p99, Math.max(...delaysMs)].map((ms) => `${ms.toFixed(0)} ms`.padStart(8));
  process.stdout.write(`${title.padEnd(34)}${cells.join("")}${String(delaysMs.length).padStart(9)}${wanted}\n`);
  if (delaysMs.length < fewest) process.stdout.write("too few changes arrived: this measured nothing\n");
  if (delaysMs.length < fewest || p99 > 2 * (most ?? Number.POSITIVE_INFINITY) + unrestMs) process.exitCode = 1;
}

async function main(): Promise<void> {
  const devices = await startScript(["test/bench/latency-devices.ts"], (line) => line.includes("ready"));
  try {
    const { ready } = JSON.parse(devices.line) as { ready: LatencyPorts };
    await using gateway = await GatewayProcess.start(configuration(ready));
    const delaysMs = new Map<string, number[]>(sides.map(({ tag }) => [`scale/${tag}`, []]));
    for (const tag of delaysMs.keys()) await gateway.watch(100, [tag]);
    // What came before the first second is how the values stood, and code that is not warm yet.
    await sleep(3000);
    gateway.onSample = (handle, value) => {
      const nowMs = Date.now();
      if (typeof value === "number") delaysMs.get(gateway.name(handle) ?? "")?.push(nowMs - value);
    };
    const bareMs: number[] = [];
    const bare = mqttClient.connect(`mqtt://127.0.0.1:${ready.mqtt}`);
    await bare.subscribeAsync(shape.mqttTopic);
    bare.on("message", (_topic, payload) => bareMs.push(Date.now() - JSON.parse(payload.toString()).value));
    await sleep(measureMs);
    await bare.endAsync(true);
    gateway.onSample = () => undefined;
    process.stdout.write("device change → WebSocket frame      median     p99     max  changes\n");
    const unrestMs = percentile(bareMs, 0.99);
    for (const side of sides) tell(side, delaysMs.get(`scale/${side.tag}`) ?? [], unrestMs);
    tell({ title: "MQTT, bare client", p99Ms: undefined }, bareMs);
  } finally {
    devices.child.stdin?.end();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await main();
