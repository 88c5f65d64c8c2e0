import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { templateActions } from "../wiring/template-actions.ts";
import type { Actions, Terminal } from "./actions.ts";
import { runProgram } from "./program.ts";
import { machineActions } from "./testing/machine-actions.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-templates-"));
  mkdirSync(join(folder, "templates"));
  writeFileSync(
    join(folder, "gateway.yaml"),
    `version: 1
gateway: { id: lab-1 }
site: { id: lab, name: Lab }
tables:
  meters: { template: energy-meter, rows: [{ id: m_1, host: "\${env:METER}" }] }
equipment:
  m_1: { table: meters, tags: { power: { range: [0, 9] } } }
  plain: {}
`,
  );
  writeFileSync(
    join(folder, "templates", "odd.yaml"),
    "template: 1\nname: Odd\nmachine: { tags: {} }\nparameters: { x: 5 }\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    readLine: async () => "",
    ask: async () => undefined,
    askSecret: async () => undefined,
    async pour(chunks) {
      for await (const chunk of chunks) out.push(String(chunk));
    },
  };
  const note = () => async () => undefined;
  const actions = { version: "0.1.0", ...machineActions(note), ...templateActions };
  // The other verbs are tested with all of the actions.
  const code = await runProgram(
    ["template", ...argv, "--config", join(folder, "gateway.yaml")],
    actions as unknown as Actions,
    terminal,
  );
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("plancia template list", () => {
  it("names the plant's own and the shipped ones, and what is wrong with one", async () => {
    const { code, out, err } = await run("list");
    expect(code).toBe(1);
    expect(out).toMatch(/^energy-meter +shipped +\d+ +Energy meter$/m);
    for (const name of ["environment-sensor", "furnace-controller", "milling-machine", "packml-line"])
      expect(out).toMatch(new RegExp(`^${name} +shipped `, "m"));
    expect(out).toMatch(/^odd +own +0 +\(not valid\)$/m);
    expect(err).toContain("templates/odd.yaml:4:18: parameters.x: expected a group of keys, not 5");
  });
});

describe("plancia template show", () => {
  it("tells what the template asks for, and what a machine of it has", async () => {
    const { code, out } = await run("show", "energy-meter");
    expect(code).toBe(0);
    expect(out).toContain("energy-meter: Energy meter (config/templates/energy-meter.yaml)");
    expect(out).toMatch(/^host +host +needed +Address of the meter/m);
    expect(out).toMatch(/^wordOrder +one of big, little +"big" /m);
    expect(out).toMatch(/^unitId +whole, from 0 to 255 +1 /m);
    expect(out).toMatch(/^name +words +may be left out /m);
    expect(out).toContain("tags: voltage, current, power, energy");
  });

  it("says where there is none of that name, and which was meant", async () => {
    const { code, err } = await run("show", "energy-metre");
    expect(code).toBe(1);
    expect(err).toContain('there is no template "energy-metre" – did you mean "energy-meter"?');
  });

  it("reads no file outside of the folders", async () => {
    expect((await run("show", "../gateway")).err).toContain('there is no template "../gateway"');
  });
});

describe("plancia template render", () => {
  it("prints plain devices and a plain machine", async () => {
    const { code, out } = await run("render", "energy-meter", "--id", "m_7", "--with", "host=h", "--with", "start=100");
    expect(code).toBe(0);
    expect(out).toMatch(/^# Made of the template energy-meter /);
    expect(parse(out)).toMatchObject({
      devices: { "m_7-meter": { driver: "modbus", host: "h", unitId: 1 } },
      equipment: { m_7: { tags: { energy: { device: "m_7-meter", address: { table: "input", register: 106 } } } } },
    });
  });

  it("prints a machine of the configuration, references as they are written", async () => {
    const { out } = await run("render", "--equipment", "m_1");
    expect(out).toMatch(/^# Made of the template energy-meter \(.*\), a row of the table meters\.$/m);
    expect(parse(out)).toMatchObject({
      devices: { "m_1-meter": { host: `\${env:METER}` } },
      equipment: { m_1: { tags: { power: { range: [0, 9], unit: "kW" } } } },
    });
  });

  it.each([
    [["energy-meter"], 1, "the parameter host is missing"],
    [["energy-meter", "--with", "hots=h"], 1, 'there is no parameter "hots" – did you mean "host"?'],
    [["energy-meter", "--with", "host=h", "--with", "port=x"], 1, "port: expected a whole number, not a text"],
    [["energy-meter", "--with", "host"], 2, "It is a parameter and its value"],
    [["energy-meter", "--id", "M", "--with", "host=h"], 1, '"M" is no id of a machine'],
    [["--equipment", "plain"], 1, 'no machine "plain" is made of a template'],
    [[], 2, "render takes the name of a template, or --equipment and a machine"],
  ] as const)("%j is refused", async (argv, expected, text) => {
    const { code, err } = await run("render", ...argv);
    expect(err).toContain(text);
    expect(code).toBe(expected);
  });
});
