import { describe, expect, it } from "vitest";
import { header, loadText } from "../testing/configuration.ts";

const pump = `template: 1
name: Pump
parameters:
  host: { type: host, description: Address }
  port: { type: whole, min: 1, max: 65535, default: 7, description: Port }
  cell: { type: register, default: 10, description: First cell }
  most: { type: number, default: 100, description: Highest }
  kind: { type: choice, choices: [rw, ro], default: rw, description: Table }
  title: { type: words, optional: true, description: What people read }
  pass: { type: text, optional: true, description: A text }
devices:
  box: { driver: cells, host: "\${host}", port: "\${port}" }
machine:
  name: "\${title}"
  description: { en: "Pump \${id} of \${title}", it: "Pompa \${id} di \${title}" }
  area: "\${pass}"
  overview: [flow, level]
  tags:
    flow:
      device: "\${box}"
      address: { cell: "c\${cell + 2}", table: "\${kind}" }
      type: double
      range: [0, "\${most}"]
      unit: l/s
    level: { device: "\${box}", address: { cell: "c\${cell}" }, type: double }
`;

const files = { "templates/pump.yaml": pump };

async function load(equipment: string, more: Readonly<Record<string, string>> = {}) {
  return loadText(`${header}${equipment}`, { HOST: "b", NUMBER: "9" }, { ...files, ...more });
}

async function plantOf(equipment: string, more: Readonly<Record<string, string>> = {}) {
  const loaded = await load(equipment, more);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.plant;
}

async function problemsOf(equipment: string, more: Readonly<Record<string, string>> = {}) {
  const loaded = await load(equipment, more);
  return loaded.ok ? [] : loaded.problems.map(({ message }) => message.replace(/^.*\/(?=gateway\.yaml)/, ""));
}

describe("a machine that is made of a template", () => {
  it("is a plain machine with devices of its own", async () => {
    const plant = await plantOf(`equipment:
  p_1:
    template: pump
    with: { host: m, cell: 40, most: 12.5, title: { en: Feed, it: Alimento } }
`);
    const [machine] = plant.equipment;
    expect(machine).toMatchObject({
      id: "p_1",
      name: { en: "Feed", it: "Alimento" },
      description: { en: "Pump p_1 of Feed", it: "Pompa p_1 di Alimento" },
      area: undefined,
      madeOf: { template: "pump", table: undefined },
      highlights: ["flow", "level"],
    });
    expect(plant.devices.map(({ id }) => id)).toEqual(["plc", "p_1-box"]);
    expect(plant.tags.map(({ name, device, address, range }) => ({ name, device, address, range }))).toEqual([
      { name: "p_1/flow", device: "p_1-box", address: { cell: "c42", table: "rw" }, range: [0, 12.5] },
      { name: "p_1/level", device: "p_1-box", address: { cell: "c40", table: "rw" }, range: undefined },
    ]);
  });

  it("takes parameters from the environment, and their types are looked at where they go", async () => {
    const plant = await plantOf(
      `equipment:\n  p_1: { template: pump, with: { host: "\${env:HOST}", port: "\${env:NUMBER}" } }\n`,
    );
    expect(plant.devices[1]?.settings).toMatchObject({ host: "b", port: 9 });
  });

  it("has tags of its own, others than the template's, and leaves some out", async () => {
    const plant = await plantOf(`equipment:
  p_1:
    template: pump
    with: { host: m }
    without: [level]
    area: cellar
    tags:
      flow: { range: [0, 3], unit: m³/h }
      extra: { device: plc, address: { cell: x }, type: double }
`);
    expect(plant.equipment[0]).toMatchObject({ area: "cellar", highlights: ["flow"] });
    expect(plant.tags).toMatchObject([
      { name: "p_1/flow", range: [0, 3], unit: "m³/h", device: "p_1-box", address: { cell: "c12", table: "rw" } },
      { name: "p_1/extra", device: "plc" },
    ]);
  });

  it("has tags that the gateway computes, of the template and of its own", async () => {
    const template = `${pump}    rest: { expression: "level - \${most}" }\n`;
    const equipment = `equipment:
  p_1:
    template: pump
    with: { host: m, most: 4 }
    tags: { rest: { unit: m }, twice: { expression: "level * 2.0" } }
`;
    const { tags } = await plantOf(equipment, { "templates/pump.yaml": template });
    expect(tags.map(({ name }) => name)).toEqual(["p_1/flow", "p_1/level", "p_1/rest", "p_1/twice"]);
    expect(tags[2]).toMatchObject({ unit: "m", derived: { expression: "level - 4" } });
    const wrong = template.replace("level - ", "lvel - ");
    expect((await problemsOf(equipment, { "templates/pump.yaml": wrong })).join("\n")).toMatch(
      /equipment\.p_1\.tags\.rest\.expression: .*\(template pump, templates\/pump\.yaml:26:\d+; parameter most\)/,
    );
  });

  it("keeps its history over a new id, by formerly", async () => {
    const plant = await plantOf(`equipment:
  p_2: { template: pump, with: { host: m }, formerly: p_1 }
tables:
  more: { template: pump, rows: [{ id: p_4, formerly: p_3, host: c }] }
`);
    expect(plant.tags.map(({ name, formerly }) => [name, ...formerly])).toEqual([
      ["p_2/flow", "p_1/flow"],
      ["p_2/level", "p_1/level"],
      ["p_4/flow", "p_3/flow"],
      ["p_4/level", "p_3/level"],
    ]);
  });

  it("is used by a shipped template where the plant has none of that name", async () => {
    const loaded = await load(`equipment:\n  p_1: { template: energy-meter, with: { host: m } }\n`);
    // The driver of the shipped one is not among the test's drivers.
    expect(loaded.ok).toBe(false);
    expect(JSON.stringify(loaded)).toContain("template energy-meter, config/templates/energy-meter.yaml:");
  });
});

describe("what is wrong with a machine of a template", () => {
  const at = (yaml: string) => problemsOf(`equipment:\n  p_1: ${yaml}\n`);
  it.each([
    ["{ template: pumpe }", '7:20: equipment.p_1.template: there is no template "pumpe" – did you mean "pump"?'],
    [
      "{ template: ../pump }",
      "7:20: equipment.p_1.template: expected a name of small letters, digits, - and _, beginning with a letter",
    ],
    [
      "{ template: pump }",
      "7:20: equipment.p_1.template: the parameter host is missing: Address (templates/pump.yaml:4)",
    ],
    [
      "{ template: pump, with: { hots: a } }",
      '7:34: equipment.p_1.with.hots: the template pump has no parameter "hots" – did you mean "host"? (templates/pump.yaml)',
    ],
    [
      "{ template: pump, with: { host: 5 } }",
      "7:40: equipment.p_1.with.host: host: expected a host name or an address, not 5 (a text needs quotes) (templates/pump.yaml:4)",
    ],
    [
      "{ template: pump, with: { host: m, port: 70000 } }",
      "7:49: equipment.p_1.with.port: port: expected at most 65535, not 70000 (templates/pump.yaml:5)",
    ],
    [
      "{ template: pump, with: { host: m, kind: rx } }",
      '7:49: equipment.p_1.with.kind: kind: expected one of rw, ro – did you mean "rw"? (templates/pump.yaml:8)',
    ],
    [
      `{ template: pump, with: { host: m, cell: "\${env:NUMBER}" } }`,
      "7:49: equipment.p_1.with.cell: cell: the template adds to it, so it cannot come from the environment or a file (templates/pump.yaml:6)",
    ],
    [
      "{ template: pump, with: { host: m }, tags: { flwo: { unit: x } } }",
      '7:53: equipment.p_1.tags.flwo: the template pump has no tag "flwo" – did you mean "flow"?; one of its own needs device, address and type, or an expression',
    ],
    [
      "{ template: pump, with: { host: m }, without: [flwo] }",
      '7:55: equipment.p_1.without[0]: the template pump has no tag "flwo" – did you mean "flow"?',
    ],
    [
      "{ template: pump, with: { host: m }, tags: { flow: { unti: x } } }",
      '7:61: equipment.p_1.tags.flow.unti: unknown key – did you mean "unit"?',
    ],
    [
      "{ template: pump, with: { host: m, most: -5 } }",
      "7:49: equipment.p_1.tags.flow.range: expected a pair of numbers, the lower one first (template pump, templates/pump.yaml:23:14; parameter most)",
    ],
  ])("%s is told", async (yaml, expected) => {
    const problems = await at(yaml);
    expect(problems.join("\n")).toContain(`gateway.yaml:${expected}`);
    // A mistyped parameter is one that is missing, too.
    expect(problems.length).toBe(yaml.includes("hots") ? 2 : 1);
  });
});
