import { benchConfiguration, measurePair, type Ports } from "./load-pair.ts";

/**
 * 1,000 (and with `PLANCIA_BENCH_LARGE=1` 10,000) variables, all changing at 1 Hz, subscribed, recorded,
 * and shown to one dashboard – beside node-opcua's own client with the same subscription. Security is
 * None on both sides: what is compared is the way of the values, not the library's cipher.
 */
function configuration({ opcuaPort }: Ports, variables: number): string {
  const tags = Array.from({ length: variables }, (_, index) => {
    const name = String(index).padStart(5, "0");
    const type = index >= variables / 2 ? "int32" : "double";
    return `v${name}: { device: plc, address: "ns=1;s=Scale.V${name}", type: ${type} }`;
  });
  const device = `plc: { driver: opcua, endpoint: "opc.tcp://127.0.0.1:${opcuaPort}", security: { mode: None }, interval: 1s }`;
  return benchConfiguration([device], tags);
}

async function measure(variables: number): Promise<void> {
  await measurePair({
    title: `${variables} OPC UA variables at 1 Hz, security None on both sides`,
    plant: { plant: "scale-opcua", variables, allowNone: true, anonymous: true, opcuaPort: 0, faultPort: 0 },
    tags: variables,
    configuration: (ports) => configuration(ports, variables),
    bare: ({ opcuaPort }) => ["test/bench/opcua-bare.ts", `opc.tcp://127.0.0.1:${opcuaPort}`, String(variables)],
    ratio: 2.5,
    rssMiB: variables > 1000 ? 400 : 280,
  });
}

await measure(1000);
if (process.env["PLANCIA_BENCH_LARGE"]) await measure(10_000);
