import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { exceptions, layers, limits } from "./layers.ts";
import { brokenRules } from "./rules.ts";
import { parse, root, sourcesOf } from "./sources.ts";

const sources = ["gateway", "simulators", "dashboard", "test"].flatMap(sourcesOf);

beforeAll(() => {
  const long = sources.filter(({ lines }) => lines > limits.fileLinesToThinkAt).sort((a, b) => b.lines - a.lines);
  console.info(["Files to think about:", ...long.map(({ path, lines }) => `  ${lines} lines: ${path}`)].join("\n"));
});

describe("the architecture", () => {
  it("holds in every file", () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap(brokenRules)).toEqual([]);
  });

  it("needs every exception that it lists", () => {
    for (const [key, reason] of exceptions) {
      expect(reason.length, key).toBeGreaterThan(10);
      const path = key.split(" ")[1] ?? "";
      expect(
        sources.some((source) => source.path === path),
        `${key}: there is no such file`,
      ).toBe(true);
    }
  });

  it("is the one that CONTRIBUTING.md tells", () => {
    const page = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
    for (const name of Object.keys(layers)) expect(page, name).toContain(`\`${name}/`);
  });
});

describe("the rules themselves", () => {
  const broken = (path: string, script: string) => brokenRules(parse(path, script, script, script.split("\n").length));
  it.each([
    ["gateway/core/a.ts", 'import { z } from "zod";', "this layer imports no package"],
    ["gateway/core/a.ts", 'import { b } from "../kit/b.ts";', "core may import nothing"],
    ["gateway/core/a.ts", "export const now = () => Date.now();", "time, chance and I/O are parameters"],
    ["gateway/services/a.ts", 'import type { B } from "../stores/x/b.ts";', "services may import core, kit"],
    ["gateway/services/a.ts", 'export const b = import("../api/b.ts");', "services may import core, kit"],
    ["gateway/services/a.ts", 'type B = import("../api/b.ts").B; export type { B };', "services may import core, kit"],
    ["gateway/drivers/x/a.ts", 'import { b } from "../y/b.ts";', "two adapters never import each other"],
    ["gateway/drivers/x/a.ts", 'import { b } from "../../stores/y/b.ts";', "drivers may import core, protocols, kit"],
    [
      "gateway/stores/x/a.ts",
      'const w = new URL("../y/worker.ts", import.meta.url); export { w };',
      "two adapters never import",
    ],
    ["gateway/config/a.ts", 'import { b } from "../drivers/x/driver.ts";', "config may import"],
    ["gateway/api/a.ts", 'import { w } from "../wiring.ts";', "only main.ts starts the wiring"],
    ["gateway/kit/a.ts", 'import { s } from "../../simulators/s.ts";', "imports nothing from outside"],
    ["gateway/things/a.ts", "export {};", "is no layer of the table"],
    ["gateway/core/utils.ts", "export {};", '"utils" says nothing'],
    ["gateway/core/string-helpers.ts", "export {};", '"helpers" says nothing'],
    ["gateway/kit/common/a.ts", "export {};", '"common" says nothing'],
    ["gateway/kit/a.ts", "try { f(); } catch {}", "swallows an error"],
    ["gateway/stores/x/a.ts", "export const w = new Worker(u);", "threads start through startThread"],
    ["gateway/kit/a.ts", "class A {}\nexport class B extends A {}", "own classes do not inherit"],
    ["gateway/kit/a.ts", `export function f() {\n${"g();\n".repeat(90)}}`, "92 lines from line 1"],
    ["gateway/kit/a.ts", "export {};\n".repeat(500), "501 lines, at most 500"],
    ["simulators/a.ts", 'import type { V } from "../gateway/core/value.ts";', "share no code"],
    ["dashboard/src/a.ts", 'import { Me } from "../../gateway/api/wire/auth.ts";', "only types of the wire messages"],
    [
      "dashboard/src/a.ts",
      'import type { Plant } from "../../gateway/core/plant.ts";',
      "only types of the wire messages",
    ],
  ])("%s with %j is refused", (path, script, expected) => {
    expect(broken(path, script).join("\n")).toContain(expected);
  });

  it.each([
    ["gateway/config/a.ts", 'import { drivers } from "../drivers/registry.ts";'],
    ["gateway/drivers/registry.ts", 'import { modbus } from "./modbus/manifest.ts";'],
    ["gateway/services/a.test.ts", 'import { s } from "../stores/x/s.ts";'],
    ["gateway/wiring.ts", 'import { s } from "./stores/x/s.ts";'],
    ["gateway/kit/a.ts", "export class A extends Error {}"],
    ["gateway/kit/a.ts", "try { f(); } catch {\n // nobody listens any more\n}"],
    ["dashboard/src/a.ts", 'import type { Me } from "../../gateway/api/wire/auth.ts";'],
  ])("%s with %j is allowed", (path, script) => {
    expect(broken(path, script)).toEqual([]);
  });
});
