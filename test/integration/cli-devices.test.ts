import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { SheetResult } from "../../gateway/cli/config-actions.ts";
import type { BrowseEntry, CertificateEntry } from "../../gateway/core/driver-port.ts";
import { type RunningFillingLine, startFillingLine } from "../../simulators/plants/filling-line/plant.ts";
import type { Configuration } from "../rig/configuration.ts";
import { type Plant, preparePlant } from "../rig/plant.ts";

/** `browse`, `read` and the trust list, on devices themselves and through a running gateway. */
let line: RunningFillingLine;
let plant: Plant;

beforeAll(async () => {
  const secret = "device-kettle-moon";
  plant = await preparePlant({
    change(configuration) {
      configuration.devices["line-plc"] = {
        driver: "opcua",
        endpoint: "opc.tcp://127.0.0.1:1",
        user: "plancia",
        password: secret,
      };
    },
  });
  const pki = join(plant.folder, "line-pki");
  const own = await plant.plancia(["certificates", "--own", "--json"]);
  const [{ file = "" } = {}] = JSON.parse(own.stdout) as { file?: string }[];
  line = await startFillingLine({ pki, trust: [file], password: secret, opcuaPort: 0, faultPort: 0 });
  const text = readFileSync(plant.configuration, "utf8");
  writeFileSync(plant.configuration, text.replace("opc.tcp://127.0.0.1:1", line.endpointUrl));
});
afterAll(async () => {
  await plant.close();
  await line.close();
});

const readSome = ["read", "furnace/setpoint", "furnace/run*", "--json"];

async function read(): Promise<unknown> {
  const { code, stdout, stderr } = await plant.plancia(readSome);
  expect([code, stderr]).toEqual([0, ""]);
  const values = JSON.parse(stdout) as { tag: string; value: unknown; status: number; unit?: string }[];
  return values.map(({ tag, value, status, unit }) => [tag, value, status, unit]);
}

const expected = [
  ["furnace/setpoint", 850, 0, "°C"],
  ["furnace/running", true, 0, undefined],
];

describe("without a gateway", () => {
  it("reads from the device over a connection of its own", async () => {
    expect(await read()).toEqual(expected);
  });

  it("says which tag there is not, and which was meant", async () => {
    const { code, stderr } = await plant.plancia(["read", "furnace/setpiont"]);
    const words = 'plancia: no tag furnace/setpiont – did you mean "furnace/setpoint"?\n';
    expect([code, stderr]).toEqual([1, words]);
  });

  it("refuses to browse what has no list, and a device that is none", async () => {
    expect((await plant.plancia(["browse", "furnace-plc"])).stderr).toMatch(
      /^plancia: Modbus TCP and RTU: no list[^\n]*\n$/,
    );
    expect((await plant.plancia(["browse", "line-plx"])).stderr).toMatch(/did you mean "line-plc"/);
  });

  it("trusts a server only after a person said so, and then browses it", async () => {
    const refused = await plant.plancia(["browse", "line-plc"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^plancia: [^\n]*trust[^\n]*\n$/)]);
    const waiting = JSON.parse((await plant.plancia(["trust", "--json"])).stdout) as CertificateEntry[];
    expect(waiting).toMatchObject([{ state: "quarantine", devices: ["line-plc"] }]);
    expect((await plant.plancia(["trust", "press-plc"])).code).toBe(1);
    expect((await plant.plancia(["trust", "line-plc"])).stdout).toContain(`trusted ${waiting[0]?.fingerprint}`);
    const { code, stdout } = await plant.plancia(["browse", "line-plc", "Line1", "--json"]);
    const entries = JSON.parse(stdout) as BrowseEntry[];
    expect(code).toBe(0);
    expect(entries.length).toBeGreaterThan(2);
    const missing = await plant.plancia(["browse", "line-plc", "Line1/None"]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("None")]);
  });

  it("has the decision on the audit's record", async () => {
    const { stdout } = await plant.plancia(["audit", "verify", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, entries: 1 });
  });
});

describe("beside a running gateway", () => {
  beforeAll(async () => {
    await plant.start();
    const until = performance.now() + 20_000;
    while ((await plant.plancia(["browse", "line-plc"])).code !== 0 && performance.now() < until);
  });

  it("reads what the gateway has, and says when the device last stood by it", async () => {
    expect(await read()).toEqual(expected);
    const [value] = JSON.parse((await plant.plancia(readSome)).stdout) as { confirmedAt: string }[];
    expect(Date.now() - Date.parse(value?.confirmedAt ?? "")).toBeLessThan(10_000);
  });

  it("browses over the gateway's session, as CSV for a spreadsheet", async () => {
    const { code, stdout } = await plant.plancia(["browse", "line-plc", "Line1", "--csv"]);
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toBe("path,name,kind,type,writable,unit,low,high,address,texts,device,equipment,tag");
    expect(stdout).toMatch(/^Line1\//m);
  });

  it("browses what goes into the configuration as tags: ids, names, units and ranges as the server has them", async () => {
    const csv = join(plant.folder, "line.csv");
    const browsed = await plant.plancia(["browse", "line-plc", "Line1", "--csv", "--equipment", "line"]);
    writeFileSync(csv, browsed.stdout);
    const entries = JSON.parse(
      (await plant.plancia(["browse", "line-plc", "Line1", "--json"])).stdout,
    ) as BrowseEntry[];
    const points = entries.filter(({ kind }) => kind === "variable");
    expect(points.length).toBeGreaterThan(0);

    const taken = await plant.plancia(["import", csv, "--why", "what the line has", "--new-machines", "--json"]);
    const { faults, added, aside, saved } = JSON.parse(taken.stdout) as SheetResult;
    expect([faults, added.length, aside]).toEqual([[], points.length, entries.length - points.length]);
    expect(saved?.n).toEqual(expect.any(Number));
    const after = parse(readFileSync(plant.configuration, "utf8")) as Configuration;
    const made = Object.values(after.equipment["line"]?.tags ?? {});
    const wanted = points.map(({ name, address, type, unit, range }) => ({
      ...{ name, device: "line-plc", address, type },
      ...(unit === undefined ? {} : { unit }),
      ...(range === undefined ? {} : { range }),
    }));
    expect(made).toMatchObject(wanted);
    // A mark of what the server would let be written makes nothing writable.
    expect(made.filter((tag) => "writable" in tag)).toEqual([]);
    const again = JSON.parse((await plant.plancia(["import", csv, "--dry-run", "--json"])).stdout) as SheetResult;
    expect([again.added, again.changed, again.left]).toEqual([[], [], points.length]);
  });

  it("says what is wrong with a device that is not connected", async () => {
    await line.close();
    const until = performance.now() + 20_000;
    let ended = await plant.plancia(["browse", "line-plc"]);
    while (ended.code === 0 && performance.now() < until) ended = await plant.plancia(["browse", "line-plc"]);
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringMatching(/^plancia: line-plc is not connected[^\n]*\n$/),
    ]);
  });

  it("says so when the gateway holds the folder and does not answer", async () => {
    plant.gateway.signal("SIGSTOP");
    try {
      rmSync(join(plant.data, "gateway.sock"));
      const { code, stderr } = await plant.plancia(["read", "furnace/setpoint"]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^plancia: the data folder [^\n]* is held[^\n]*\n$/)]);
    } finally {
      plant.gateway.signal("SIGCONT");
    }
  });
});
