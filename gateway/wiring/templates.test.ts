import { describe, expect, it } from "vitest";
import { loadText } from "../config/testing/configuration.ts";
import { controlSheets } from "../core/acceptance/describe.ts";
import { widening } from "../core/acceptance/widening.ts";
import { canonicalJson } from "../core/audit/canonical.ts";
import { configurationDifference } from "../core/configuration/difference.ts";
import { drivers } from "../drivers/registry.ts";
import { compile } from "../expressions/compile.ts";
import { connectionOf } from "./acceptance.ts";
import { plainPlant } from "./plain-plant.ts";

const template = `template: 1
name: Drive
parameters:
  host: { type: host, description: Address }
  most: { type: number, default: 50, description: Highest speed }
devices:
  box: { driver: modbus, host: "\${host}" }
machine:
  local: none
  tags:
    speed:
      device: "\${box}"
      address: { table: holding, register: 0, type: float32 }
      writable: { class: C1, limits: [0, "\${most}"] }
`;
const table = "id,host,most\nd_1,192.0.2.1,\nd_2,192.0.2.2,40\n";

async function plantOf(file: string, rows: string, machines = "") {
  const text = `version: 1
gateway: { id: lab-1 }
site: { id: lab, name: Lab }
tables: { drives: { template: drive, file: drives.csv } }
${machines}`;
  const files = { "templates/drive.yaml": file, "drives.csv": rows };
  const loaded = await loadText(text, {}, files, 0o600, { drivers });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.plant;
}

const asItWas = () => plantOf(template, table);

/** What waits to be accepted where the other comes after it. */
async function waiting(after: Awaited<ReturnType<typeof plantOf>>) {
  const sheets = { compile, connectionOf };
  const was = controlSheets(await asItWas(), sheets);
  return [...controlSheets(after, sheets)].flatMap(([id, sheet]) =>
    widening(was.get(id), sheet).map((change) => `${id}: ${change.target}`),
  );
}

async function differences(after: Awaited<ReturnType<typeof plantOf>>) {
  const plain = (plant: typeof after): unknown => JSON.parse(canonicalJson(plainPlant(plant)));
  return configurationDifference(plain(await asItWas()), plain(after)).map(({ part, name, fate }) => [
    part,
    name,
    fate,
  ]);
}

describe("what is changed in a template or a table", () => {
  it("is nothing where nothing was changed", async () => {
    expect(await waiting(await asItWas())).toEqual([]);
    expect(await differences(await asItWas())).toEqual([]);
  });

  it("waits for every machine whose control it widens, and for no other (R9)", async () => {
    const wider = await plantOf(template.replace("default: 50", "default: 60"), table);
    expect(await waiting(wider)).toEqual(["d_1: d_1/speed"]);
    expect(await differences(wider)).toEqual([["tag", "d_1/speed", "changed"]]);
  });

  it("waits where a row of the table or what is different for one machine widens it (R9)", async () => {
    expect(await waiting(await plantOf(template, table.replace(",40", ",45")))).toEqual(["d_2: d_2/speed"]);
    const own =
      "equipment: { d_2: { table: drives, tags: { speed: { writable: { class: C1, limits: [0, 90] } } } } }\n";
    expect(await waiting(await plantOf(template, table, own))).toEqual(["d_2: d_2/speed"]);
  });

  it("waits where a machine of it is led to another device (R9)", async () => {
    const elsewhere = await plantOf(template, table.replace("192.0.2.1,", "192.0.2.9,"));
    expect((await waiting(elsewhere)).every((each) => each.startsWith("d_1: "))).toBe(true);
    expect(await waiting(elsewhere)).not.toEqual([]);
    expect(await differences(elsewhere)).toEqual([["device", "d_1-box", "changed"]]);
  });

  it("is an ordinary difference, whatever it is, and tells a renamed machine's tags as renamed", async () => {
    const renamed = await plantOf(template, "id,host,most,formerly\nd_1,192.0.2.1,,\nd_3,192.0.2.2,40,d_2\n");
    expect(await differences(renamed)).toContainEqual(["tag", "d_3/speed", "renamed"]);
    const unit = await plantOf(template.replace("device: ", "unit: m/s\n      device: "), table);
    expect(await differences(unit)).toEqual([
      ["tag", "d_1/speed", "changed"],
      ["tag", "d_2/speed", "changed"],
    ]);
    expect(await waiting(unit)).toEqual([]);
  });
});
