import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPlant } from "../../gateway/config/load.ts";
import { compile } from "../../gateway/expressions/compile.ts";
import { root } from "./dockerfile.ts";

const pages = ["docs/templates.md", "docs/it/modelli.md"].map((file) => readFileSync(join(root, file), "utf8"));
const blocks = (page: string, language: string) =>
  [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, text = ""]) =>
    kind === language ? [text] : [],
  );
const [english = "", italian = ""] = pages;
const [oneMachine = "", table = "", ownTemplate = ""] = blocks(english, "yaml");
const [csv = ""] = blocks(english, "csv");
const header = "version: 1\ngateway: { id: lab-1 }\nsite: { id: lab, name: Lab }\n";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-templates-page-"));
  mkdirSync(join(folder, "templates"));
  writeFileSync(join(folder, "meters.csv"), csv);
  writeFileSync(join(folder, "templates", "pump.yaml"), ownTemplate);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function load(text: string) {
  const file = join(folder, "gateway.yaml");
  writeFileSync(file, header + text);
  return loadPlant(file, { environment: {}, compile });
}

async function plantOf(text: string) {
  const loaded = await load(text);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.plant;
}

/** What the pages on templates show is what the gateway does. */
describe("the pages on templates", () => {
  it("show the same in both languages", () => {
    for (const language of ["yaml", "csv", ""]) expect(blocks(italian, language)).toEqual(blocks(english, language));
  });

  it("make the machine that they tell of", async () => {
    const { tags, devices } = await plantOf(oneMachine);
    expect(devices.map(({ id }) => id)).toEqual(["oven-plc"]);
    expect(tags.find(({ name }) => name === "oven/temperature")).toMatchObject({ normal: [600, 640], unit: "°C" });
    expect(tags.find(({ name }) => name === "oven/setpoint")?.writable?.limits).toEqual([20, 650]);
    expect(tags.some(({ name }) => name === "oven/shell")).toBe(false);
  });

  it("make the machines of their table", async () => {
    const { tags } = await plantOf(table);
    const ranges = tags.filter(({ id }) => id === "power").map(({ name, range }) => [name, range?.[1]]);
    expect(new Map(ranges as [string, number][])).toEqual(
      new Map([
        ["meter_07/power", 250],
        ["meter_01/power", 400],
      ]),
    );
  });

  it("make a machine of their own template", async () => {
    const { tags, equipment } = await plantOf(
      "equipment:\n  p_1: { template: pump, with: { host: 192.0.2.7, start: 100 } }\n",
    );
    expect(equipment[0]?.name.en).toBe("p 1");
    expect(tags).toMatchObject([{ name: "p_1/flow", device: "p_1-drive", range: [0, 120] }]);
    expect(tags[0]?.address).toMatchObject({ table: "input", register: 102 });
  });

  it("tell of a mistake as it is told", async () => {
    const loaded = await load(
      "equipment:\n  oven:\n    template: furnace-controller\n    with: { host: 192.0.2.60, normalHigh: 700 }\n",
    );
    const [shown = ""] = blocks(english, "");
    const told = loaded.ok ? [] : loaded.problems.map(({ message }) => message.replace(`${folder}/`, ""));
    expect(told).toContain(shown.trim());
  });

  it("name every template that is shipped", () => {
    for (const file of readdirSync(join(root, "config", "templates")))
      for (const page of pages) expect(page).toContain(`| \`${file.replace(".yaml", "")}\` |`);
  });
});
