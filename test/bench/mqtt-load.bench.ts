import { startScript } from "./gateway-process.ts";
import { benchConfiguration, measurePair, type Pair, type Ports } from "./load-pair.ts";

/**
 * 1,000 (and with `PLANCIA_BENCH_LARGE=1` 10,000) topics, each told once a second (and 10,000 twice) as JSON with a
 * time, heard, recorded, and shown to one dashboard – beside mqtt.js with the same topics. The broker is the
 * simulators' aedes, in a process of its own.
 */
const user = "plancia";
const password = "for-measuring-only-7";

function configuration({ mqttPort }: Ports, topics: number): string {
  const tags = Array.from({ length: topics }, (_, index) => {
    const name = String(index).padStart(5, "0");
    const address = `{ topic: "scale/${name}", path: /value, timestamp: { path: /ts, format: ms } }`;
    return `t${name}: { device: hall, address: ${address}, type: double, expect: 10s }`;
  });
  const device = `hall: { driver: mqtt, url: "mqtt://127.0.0.1:${mqttPort}", user: ${user}, password: ${password} }`;
  return benchConfiguration([device], tags);
}

const broker = (topics: number) => ({ plant: "scale-mqtt", topics, user, password, mqttPort: 0, faultPort: 0 });

async function source(topics: number, updatesPerS: number) {
  const args = ["test/bench/mqtt-source.ts", String(topics), String(updatesPerS)];
  const { child, line } = await startScript(args, (text) => /^\d+$/.test(text));
  return { child, ports: { mqttPort: Number(line) } };
}

async function measure(topics: number, updatesPerS: number, from: Pair["plant"], named: string): Promise<void> {
  await measurePair({
    title: `${topics} MQTT topics at ${updatesPerS} Hz, QoS 0, ${named}`,
    plant: from,
    tags: topics * updatesPerS,
    configuration: (ports) => configuration(ports, topics),
    bare: ({ mqttPort }) => [
      "test/bench/mqtt-bare.ts",
      ...[`mqtt://127.0.0.1:${mqttPort}`, user, password, String(topics)],
    ],
    ratio: 2.5,
    rssMiB: topics > 1000 ? 400 : 280,
  });
}

await measure(1000, 1, broker(1000), "broker aedes");
if (process.env["PLANCIA_BENCH_LARGE"]) {
  await measure(10_000, 1, broker(10_000), "broker aedes");
  await measure(10_000, 2, () => source(10_000, 2), "poured by a bare socket");
}
