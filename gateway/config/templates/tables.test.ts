import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "../../expressions/compile.ts";
import { loadPlant } from "../load.ts";
import { cells, header, loadText } from "../testing/configuration.ts";

const meter = `template: 1
name: Meter
parameters:
  host: { type: host, description: Address }
  cell: { type: register, default: 0, description: First cell }
  most: { type: number, default: 100, description: Highest }
  title: { type: words, optional: true, description: Name }
  tested: { type: boolean, default: false, description: Shown }
devices:
  box: { driver: cells, host: "\${host}" }
machine:
  name: "\${title}"
  bookable: "\${tested}"
  tags:
    power: { device: "\${box}", address: { cell: "c\${cell}" }, type: double, range: [0, "\${most}"] }
`;

async function load(rest: string, files: Readonly<Record<string, string>> = {}) {
  return loadText(`${header}${rest}`, { HOST: "b" }, { "templates/meter.yaml": meter, ...files });
}

async function plantOf(rest: string, files: Readonly<Record<string, string>> = {}) {
  const loaded = await load(rest, files);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.plant;
}

async function problemsOf(rest: string, files: Readonly<Record<string, string>> = {}) {
  const loaded = await load(rest, files);
  return loaded.ok ? [] : loaded.problems.map(({ message }) => message.replace(/^.*\/(?=gateway\.yaml)/, ""));
}

const csvTable = "tables:\n  meters: { template: meter, file: meters.csv, with: { most: 7 } }\n";
const csv = (text: string) => plantOf(csvTable, { "meters.csv": text });
const csvProblems = (text: string) => problemsOf(csvTable, { "meters.csv": text });
const shown = (plant: Awaited<ReturnType<typeof plantOf>>) =>
  plant.tags.map(({ name, address, range }) => [name, (address as { cell: string }).cell, range?.[1]]);

describe("a table of machines", () => {
  it("makes one of each row, and takes what is different for one from equipment", async () => {
    const plant = await plantOf(`tables:
  meters:
    template: meter
    with: { most: 50 }
    rows:
      - { id: m_1, host: h1 }
      - { id: m_2, host: h2, cell: 8, most: 9, title: { en: Two, it: Due } }
equipment:
  m_2: { table: meters, area: cellar, tags: { power: { unit: kW } } }
`);
    expect(plant.equipment.map(({ id, name, area, madeOf }) => [id, name.it, area, madeOf])).toEqual([
      ["m_2", "Due", "cellar", { template: "meter", table: "meters" }],
      ["m_1", "m 1", undefined, { template: "meter", table: "meters" }],
    ]);
    expect(shown(plant)).toEqual([
      ["m_2/power", "c8", 9],
      ["m_1/power", "c0", 50],
    ]);
    expect(plant.tags[0]?.unit).toBe("kW");
  });

  it.each([
    ["commas", "id,host,cell,most\nm_1,h1,3,1.5\nm_2,h2,,\n"],
    ["semicolons, decimal commas, a byte order mark, CR LF", "\uFEFFid;host;cell;most\r\nm_1;h1;3;1,5\r\nm_2;h2;;\r\n"],
    ["tabs and no last line end", "id\thost\tcell\tmost\nm_1\th1\t3\t1.5\nm_2\th2\t\t"],
    ["quotes, comments and empty rows", '"id","host","cell","most"\n# note\n"m_1","h1","3","1.5"\n,,,\n\nm_2,h2\n'],
  ])("reads a CSV file with %s", async (_, text) => {
    expect(shown(await csv(text))).toEqual([
      ["m_1/power", "c3", 1.5],
      ["m_2/power", "c0", 7],
    ]);
  });

  it("keeps a name with separators, quotes and line ends in it", async () => {
    const plant = await csv('id,host,title,tested\nm_1,h1,"Hall 1, ""old"" part",TRUE\n');
    expect(plant.equipment[0]).toMatchObject({ name: { en: 'Hall 1, "old" part' }, bookable: true });
  });

  it.each([[`\${env:HOST}`], [`\${file:/etc/hostname}`], [`x \${sealed:s1.a} y`]])(
    "opens nothing for the text of a cell: %s",
    async (cell) => {
      expect((await csvProblems(`id,host,title\nm_1,h1,${cell}\n`)).join()).toContain(
        "meters.csv:2: m_1: title: no reference stands in a table's file",
      );
    },
  );

  it.each([
    ["the begin of one", "a,b\nm_1,h1,x$"],
    ["the rest of one", "a,b\nm_1,h1,{file:secret.txt}"],
  ])("takes no part of a reference either, which a template could join: %s", async (_, rest) => {
    const [, cells = ""] = rest.split("\n");
    expect((await csvProblems(`id,host,title\n${cells}\n`)).join()).toContain(
      "title: no reference stands in a table's file",
    );
  });

  it("takes no reference for the id that a machine had before", async () => {
    expect((await csvProblems(`id,host,formerly\nm_1,h1,\${env:HOME}\n`)).join()).toContain(
      "meters.csv:2: formerly: expected the id that the machine had before",
    );
  });

  it.each([
    ["a point between semicolons", "id;host;most\nm_1;h1;4.000\n"],
    ["a comma between tabs", "id\thost\tmost\nm_1\th1\t4,000\n"],
    ["a point between tabs", "id\thost\tmost\nm_1\th1\t4.000\n"],
  ])("guesses at no thousands: %s", async (_, text) => {
    expect((await csvProblems(text)).join()).toMatch(/most: 4[.,]000 may be 4\.000 or 4000/);
  });

  it("takes a sealed secret, and no other reference, where a secret is expected", async () => {
    const locked = meter
      .replace("parameters:", "parameters:\n  password: { type: secret, description: Password }")
      .replace(/host: ("[^"]*") }/, (_, host: string) => `host: ${host}, password: "\${password}" }`);
    const files = (cell: string) => ({
      "templates/meter.yaml": locked,
      "meters.csv": `id,host,password\nm_1,h1,${cell}\n`,
    });
    const openSecret = () => ({ ok: true, secret: "opened" }) as const;
    const sealed = await loadText(header + csvTable, {}, files(`\${sealed:s1.a.b}`), 0o600, { openSecret });
    expect(sealed.ok ? sealed.plant.devices[1]?.settings : sealed.problems).toMatchObject({ password: "opened" });
    for (const cell of [`\${env:HOST}`, `\${file:x}`, "clear"])
      expect((await problemsOf(csvTable, files(cell))).join()).toContain("meters.csv:2: m_1: password: ");
  });

  it("ends before a large table of a large template takes all memory", async () => {
    const tags = Array.from({ length: 400 }, (_, i) => `    t${i}: { device: "\${box}", type: double, unit: V }\n`);
    const rows = Array.from({ length: 5000 }, (_, i) => `m_${i},h${i}\n`);
    const problems = await problemsOf(csvTable, {
      "templates/meter.yaml": meter + tags.join(""),
      "meters.csv": `id,host\n${rows.join("")}`,
    });
    expect(problems.join("\n")).toContain("tables: the templates make more than 2000000 values and characters");
    const more = await problemsOf(csvTable, { "meters.csv": `id,host\n${rows.join("")}more,h\n` });
    expect(more.join("\n")).toContain("the file meters.csv has more than 5000 rows");
  });

  it.each([
    ["", "the file meters.csv is empty: its first line names id and parameters"],
    ["id,hots\nm_1,a\n", 'meters.csv:1: templates/meter.yaml has no parameter "hots" – did you mean "host"?'],
    ["host\na\n", "meters.csv:1: the column id is missing: the ids of the machines"],
    ["id,host,host\nm_1,a,b\n", 'meters.csv:1: the column "host" stands here twice'],
    ["id,host\nm_1,h1\nm_2\n", "meters.csv:3: m_2: the parameter host is missing: Address (templates/meter.yaml:4)"],
    [
      "id,host,cell\nm_1,h1,70000\n",
      "meters.csv:2: m_1: cell: expected at most 65535, not 70000 (templates/meter.yaml:5)",
    ],
    [
      "id,host,cell\nm_1,h1,x\n",
      "meters.csv:2: m_1: cell: expected a register, counted from 0, not a text (templates/meter.yaml:5)",
    ],
    ["id,host\nM 1,h1\n", 'meters.csv:2: "M 1" is no id of a machine'],
    ["id,host\n,h1\n", "meters.csv:2: the id of the machine is missing"],
    ["id,host\nm_1,h1\nm_1,h2\n", 'meters.csv:3: "m_1" is a row already (meters.csv:2)'],
    ['id,host\nm_1,"h1\n', 'meters.csv:2: a " that is never closed'],
    ['id,host\nm_1,"h1"x\n', 'meters.csv:2: something stands after a closing "'],
    ["id,host\nm_1,h1,9\n", "meters.csv:2: 3 cells under 2 names"],
    [
      "id,host,most\nm_1,h1,-5\nm_2,h2,-6\n",
      "expected a pair of numbers, the lower one first (template meter, templates/meter.yaml:15:84; parameter most, meters.csv:3)",
    ],
  ])("tells what is wrong in %j", async (text, expected) => {
    expect((await csvProblems(text)).join("\n")).toContain(expected);
  });

  it("tells a mistake of the template once, and of how many machines it is one", async () => {
    const bad = meter.replace("type: double, range", "type: doubel, range");
    const text =
      "tables:\n  meters: { template: meter, rows: [{ id: m_1, host: h1 }, { id: m_2, host: h2 }, { id: m_3, host: h3 }] }\n";
    const problems = await problemsOf(text, { "templates/meter.yaml": bad });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /did you mean "double"\? \(template meter, templates\/meter\.yaml:15:\d+\), and 2 more of it$/,
    );
  });

  it.each([
    ["../meters.csv"],
    ["/etc/meters.csv"],
    ["a/../../meters.csv"],
    ["./meters.csv"],
    ["C:\\meters.csv"],
    ["link.csv"],
    ["a//meters.csv"],
  ])("opens no file outside of the configuration's folder: %s", async (file) => {
    const folder = mkdtempSync(join(tmpdir(), "plancia-tables-"));
    const outside = mkdtempSync(join(tmpdir(), "plancia-outside-"));
    try {
      writeFileSync(join(outside, "meters.csv"), "id,host\nm_1,h1\n");
      symlinkSync(join(outside, "meters.csv"), join(folder, "link.csv"));
      const table = `tables: { meters: { template: energy-meter, file: ${JSON.stringify(file)} } }\n`;
      writeFileSync(join(folder, "gateway.yaml"), header + table);
      const loaded = await loadPlant(join(folder, "gateway.yaml"), { environment: {}, compile, drivers: [cells] });
      expect(loaded.ok ? [] : loaded.problems.map(({ text }) => text)).toEqual([
        "expected a file beside this one or in a folder there, such as meters.csv",
      ]);
    } finally {
      rmSync(folder, { recursive: true });
      rmSync(outside, { recursive: true });
    }
  });

  it.each([
    ["tables: { m: { template: meter } }", "one of file and rows"],
    ["tables: { m: { template: meter, file: secret.txt } }", "tables.m.file: expected a file that ends in .csv"],
    ["tables: { m: { template: meter, rows: [{ host: a }] } }", "tables.m.rows[0].id: is missing"],
    ["tables: { m: { template: meter, file: none.csv } }", "there is no file none.csv beside this one"],
    [
      "tables: { m: { template: meter, with: { hots: a }, rows: [{ id: m_1, host: h }] } }",
      'tables.m.with.hots: the template meter has no parameter "hots" – did you mean "host"?',
    ],
    [
      "equipment: { m_1: { name: One } }\ntables: { m: { template: meter, rows: [{ id: m_1, host: h }] } }",
      'tables.m.rows[0].id: "m_1" stands in equipment too; what is different for this row says table: m there',
    ],
    [
      "equipment: { m_2: { table: m } }\ntables: { m: { template: meter, rows: [{ id: m_1, host: h }] } }",
      'equipment.m_2: the table m has no row "m_2" – did you mean "m_1"?',
    ],
    [
      "equipment: { m_1: { table: mm } }\ntables: { m: { template: meter, rows: [{ id: m_1, host: h }] } }",
      'equipment.m_1.table: there is no table "mm" – did you mean "m"?',
    ],
    ["equipment: { m_1: { table: mm } }", 'equipment.m_1.table: there is no table "mm"'],
    [
      "equipment: { m_1: { table: m, with: { host: b } } }\ntables: { m: { template: meter, rows: [{ id: m_1, host: h }] } }",
      "equipment.m_1.with: its parameters stand in the table m",
    ],
    [
      "tables: { m: { template: meter, rows: [{ id: m_1, host: h, cell: 1, hots: x }] } }",
      'tables.m.rows[0].hots: m_1: the template meter has no parameter "hots"',
    ],
  ])("%s is told", async (yaml, expected) => {
    expect((await problemsOf(`${yaml}\n`)).join("\n")).toContain(expected);
  });

  it("refuses a device of its own that stands in the file too", async () => {
    const text = `version: 1
gateway: { id: lab-1 }
site: { id: lab, name: Lab }
devices: { m_1-box: { driver: cells, host: x } }
tables: { m: { template: meter, rows: [{ id: m_1, host: h }] } }
`;
    const loaded = await loadText(text, {}, { "templates/meter.yaml": meter });
    expect(loaded.ok ? [] : loaded.problems.map(({ text: why }) => why)).toContainEqual(
      expect.stringContaining("the machine m_1 brings a device of this id from its template"),
    );
  });

  it("cannot be set from the environment", async () => {
    const loaded = await loadText(`${header}`, { PLANCIA__TABLES__M__TEMPLATE: "meter" });
    expect(loaded.ok ? [] : loaded.problems.map(({ message }) => message).join()).toContain(
      `cannot be set from the environment; a parameter can be \${env:NAME}`,
    );
  });
});
