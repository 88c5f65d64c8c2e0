import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPlant } from "../../gateway/config/load.ts";
import { readTemplate } from "../../gateway/config/templates/template.ts";
import { compile } from "../../gateway/expressions/compile.ts";
import { root } from "./dockerfile.ts";

const all = globSync("config/**/*.yaml", { cwd: root }).sort();
const templates = all.filter((file) => file.startsWith("config/templates/"));
const files = all.filter((file) => !templates.includes(file));

/** Values for the secrets that a file asks for. */
function secretsOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = ""]) => [name, "a secret"]));
}

describe("the configurations that come with the project", () => {
  it("are the demo's and the two examples at least", () => {
    expect(files).toEqual(
      expect.arrayContaining(
        ["gateway.yaml", "examples/bottling-plant.yaml", "examples/energy-meter.yaml", "examples/meters.yaml"].map(
          (f) => `config/${f}`,
        ),
      ),
    );
  });

  it.each(files)("%s is valid, and its schema is where its first line says", async (file) => {
    const text = readFileSync(join(root, file), "utf8");
    const loaded = await loadPlant(join(root, file), { environment: secretsOf(text), compile });
    expect(loaded.ok ? [] : loaded.problems.map(({ message }) => message)).toEqual([]);
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? "no schema";
    expect(resolve(root, dirname(file), schema)).toBe(join(root, "config", "gateway.schema.json"));
  });

  it.each(templates)(
    "%s is a template without a mistake, and its schema is where its first line says",
    async (file) => {
      const name = file.replace("config/templates/", "").replace(".yaml", "");
      const text = readFileSync(join(root, file), "utf8");
      expect(readTemplate(name, file, text)).toMatchObject({ ok: true, warnings: [] });
      const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? "no schema";
      expect(resolve(root, dirname(file), schema)).toBe(join(root, "config", "template.schema.json"));
    },
  );

  it("make twelve meters, two sensors and an oven of the example of many machines", async () => {
    const loaded = await loadPlant(join(root, "config", "examples", "meters.yaml"), { environment: {}, compile });
    if (!loaded.ok) throw new Error("it is not valid");
    const { equipment, tags } = loaded.plant;
    const made = Map.groupBy(equipment, ({ madeOf }) => `${madeOf?.template} of ${madeOf?.table}`);
    expect(new Map([...made].map(([of, machines]) => [of, machines.length]))).toEqual(
      new Map([
        ["energy-meter of meters", 12],
        ["furnace-controller of undefined", 1],
        ["environment-sensor of sensors", 2],
      ]),
    );
    expect(tags.filter(({ equipment: id }) => id === "meter_07").map(({ id, range }) => [id, range])).toEqual([
      ["current", [0, 100]],
      ["power", [0, 250]],
      ["energy", undefined],
    ]);
  });

  it("give no password away: every one comes from the environment or a file", () => {
    for (const file of files) {
      const text = readFileSync(join(root, file), "utf8");
      for (const [line] of text.matchAll(/^(?!\s*#).*\bpassword:.*$/gm))
        expect(line, file).toMatch(/password: "\$\{(env|file):/);
    }
  });

  it("write nothing in the energy meter, and leave the second factor required in the bottling plant", async () => {
    const plantOf = async (name: string) => {
      const file = join(root, "config", "examples", name);
      const loaded = await loadPlant(file, { environment: secretsOf(readFileSync(file, "utf8")), compile });
      if (!loaded.ok) throw new Error(`${name} is not valid`);
      return loaded.plant;
    };
    expect((await plantOf("energy-meter.yaml")).tags.filter((tag) => tag.writable)).toEqual([]);
    expect((await plantOf("bottling-plant.yaml")).security.secondFactor).toBe("required");
  });
});
