import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { type RunningFillingLine, startFillingLine } from "../../simulators/plants/filling-line/plant.ts";
import { type RunningFurnace, startFurnace } from "../../simulators/plants/furnace/plant.ts";
import { type RunningHall, startHall } from "../../simulators/plants/hall/plant.ts";
import { type RunningMillingMachine, startMillingMachine } from "../../simulators/plants/milling-machine/plant.ts";
import { plancia, root } from "../rig/node-process.ts";

/** Every template that is shipped makes a machine whose tags its simulator answers, each of them Good. */
const secret = "device-kettle-moon";
const folder = mkdtempSync(join(tmpdir(), "plancia-template-machines-"));
const place = ["--config", join(folder, "gateway.yaml"), "--data", join(folder, "data")];
const environment = { TEMPLATE_PASSWORD: secret };
const run = (args: readonly string[]) => plancia([...args, ...place], "", environment);
let furnace: RunningFurnace;
let line: RunningFillingLine;
let hall: RunningHall;
let mill: RunningMillingMachine;

const password = `\${env:TEMPLATE_PASSWORD}`;
const machines = () => ({
  "furnace-controller": { host: "127.0.0.1", port: furnace.modbusPort, interval: "200ms" },
  // The mill's meter is an energy meter.
  "energy-meter": { host: "127.0.0.1", port: mill.modbusPort, unitId: 2 },
  "packml-line": { endpoint: line.endpointUrl, password },
  "environment-sensor": { broker: "hall-mqtt", topic: "hall/climate", expect: "3s" },
  "milling-machine": {
    ...{ endpoint: mill.endpointUrl, password, boxHost: "127.0.0.1", boxPort: mill.modbusPort },
    ...{ broker: "hall-mqtt", vibrationTopic: "lab/mill/vibration" },
  },
});

function write(equipment: Readonly<Record<string, unknown>>): void {
  const configuration = {
    version: 1,
    gateway: { id: "templates" },
    site: { id: "templates", name: "Templates" },
    server: { listen: "127.0.0.1:0" },
    devices: { "hall-mqtt": { driver: "mqtt", url: hall?.url ?? "mqtt://127.0.0.1:1", user: "plancia", password } },
    equipment,
  };
  writeFileSync(join(folder, "gateway.yaml"), stringify(configuration));
}

const idOf = (template: string) => template.replaceAll("-", "_");

/** What is wrong with the values of these tags. */
async function notGood(tags: string): Promise<readonly unknown[]> {
  const { code, stdout, stderr } = await run(["read", tags, "--json"]);
  if (code !== 0) return [stderr];
  const values = JSON.parse(stdout) as { tag: string; status: number; value: unknown }[];
  return values.length < 2 ? ["too few"] : values.filter(({ status, value }) => status !== 0 || value === null);
}

beforeAll(async () => {
  write({});
  const own = await run(["certificates", "--own", "--json"]);
  const [{ file = "" } = {}] = JSON.parse(own.stdout) as { file?: string }[];
  furnace = await startFurnace({ speed: 0 });
  hall = await startHall({ password: secret });
  const opcua = { trust: [file], password: secret };
  line = await startFillingLine({ ...opcua, pki: join(folder, "line") });
  mill = await startMillingMachine({ ...opcua, pki: join(folder, "mill"), broker: hall.broker });
  const equipment = Object.entries(machines()).map(([template, given]) => [idOf(template), { template, with: given }]);
  write(Object.fromEntries(equipment));
  for (const { opcua: server } of [line, mill])
    expect((await run(["trust", "--file", server.certificate.file])).code).toBe(0);
});
afterAll(async () => {
  await mill?.close();
  await line?.close();
  await hall?.close();
  await furnace?.close();
  rmSync(folder, { recursive: true });
});

it("there is a machine here of every template that is shipped", () => {
  const shipped = readdirSync(join(root, "config", "templates")).map((file) => file.replace(".yaml", ""));
  expect(Object.keys(machines()).sort()).toEqual(shipped.sort());
});

it.each(["furnace-controller", "energy-meter", "packml-line", "environment-sensor", "milling-machine"])(
  "%s is rendered, and its simulator answers every tag",
  async (template) => {
    const id = idOf(template);
    const rendered = await run(["template", "render", "--equipment", id]);
    expect([rendered.code, rendered.stderr]).toEqual([0, ""]);
    expect(rendered.stdout).toContain(`# Made of the template ${template} `);
    expect(rendered.stdout).not.toContain(secret);
    // A sensor that publishes by itself may not have done so in the moment of one read.
    await expect.poll(() => notGood(`${id}/*`), { timeout: 100_000 }).toEqual([]);
  },
  120_000,
);

it("reads the values that the machines have", async () => {
  const { stdout } = await run(["read", "furnace_controller/setpoint", "energy_meter/voltage", "--json"]);
  const [setpoint, voltage] = JSON.parse(stdout) as { value: number; unit: string }[];
  expect(setpoint).toMatchObject({ value: 850, unit: "°C" });
  expect(voltage?.unit).toBe("V");
  expect(voltage?.value).toBeGreaterThan(300);
});
