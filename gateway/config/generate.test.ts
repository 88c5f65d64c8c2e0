import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { drivers } from "../drivers/registry.ts";
import { compile } from "../expressions/compile.ts";
import { generated, samples } from "./generate.ts";
import { loadPlant } from "./load.ts";
import { loadText } from "./testing/configuration.ts";

const root = new URL("../../", import.meta.url);
const files = await generated();
const sampleOf = await samples();

describe("generated files", () => {
  it.each([...files.keys()])("%s is what the schemas say (npm run generate)", async (file) => {
    expect(await readFile(new URL(file, root), "utf8")).toBe(files.get(file));
  });
});

describe("the demo's configuration", () => {
  it("is valid without a warning", async () => {
    const file = new URL("config/gateway.yaml", root).pathname;
    const loaded = await loadPlant(file, { environment: { PLANCIA_DEMO_PASSWORD: "x" }, compile });
    expect(loaded.ok ? loaded.warnings : loaded.problems).toEqual([]);
  });
});

describe("a driver", () => {
  it("is one folder and one line", async () => {
    const folders = readdirSync(new URL("gateway/drivers/", root), { withFileTypes: true });
    const names = drivers.map(({ name }) => name).toSorted();
    expect(folders.filter((each) => each.isDirectory()).map(({ name }) => name)).toEqual(names);
    const registry = await readFile(new URL("gateway/drivers/registry.ts", root), "utf8");
    for (const name of names)
      expect(registry.split("\n").filter((line) => line.includes(`./${name}/`))).toHaveLength(1);
  });

  it.each([...sampleOf])("%s has a sample that is right as it stands", async (name, sample) => {
    const head = "version: 1\ngateway: { id: lab }\nsite: { id: lab, name: Lab }\n";
    const loaded = await loadText(head + sample, {}, {}, 0o600, { drivers, missingSecrets: "warning" });
    expect(loaded.ok ? [] : loaded.problems).toEqual([]);
    const used = loaded.ok ? loaded.plant.devices.map(({ driver }) => driver) : [];
    expect(new Set(used)).toEqual(new Set([name]));
    expect(loaded.ok && loaded.plant.tags.length).toBeGreaterThan(0);
  });
});
