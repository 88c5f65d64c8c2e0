import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type SheetFault, type SheetOptions, sheetLimits } from "../../core/configuration/tag-sheet.ts";
import { drivers } from "../../drivers/registry.ts";
import { readSheet, sheetCsv } from "../../exports/sheet-csv.ts";
import { compile } from "../../expressions/compile.ts";
import { flowText } from "../edit/render.ts";
import type { Plain } from "../yaml-source.ts";
import { importSheet, type SheetImport } from "./import-sheet.ts";
import { tagRows } from "./tag-rows.ts";

const plant = `version: 1
gateway: { id: lab }
site: { id: lab, name: Lab }
devices:
  plc: { driver: modbus, host: 192.0.2.1 }
  opc: { driver: opcua, endpoint: "opc.tcp://192.0.2.2:4840" }
equipment:
  press: # the old one
    tags:
      speed: { device: plc, address: { table: holding, register: 7 }, unit: "1/min", range: [0,  600] } # as rated
      ref: { device: plc, address: { register: "40101" } }
  oven: {}
`;
const none: SheetOptions = { skipBadRows: false, newMachines: false };
const context = { environment: {}, compile, missingSecrets: "warning" } as const;

async function imported(csv: string, options: Partial<SheetOptions> = {}, text = plant): Promise<SheetImport> {
  const read = readSheet(new TextEncoder().encode(csv));
  if (!read.ok) throw new Error(read.fault.text);
  return importSheet("gateway.yaml", text, read.sheet, { ...none, ...options }, context);
}

const faultText = ({ row, column, cell, text }: SheetFault): string => `${row} ${column} [${cell}] ${text}`;
const fates = ({ rows }: SheetImport) => rows.map(({ name, fate }) => `${name} ${fate}`);
const wrong = async (csv: string, options: Partial<SheetOptions> = {}) =>
  (await imported(csv, options)).faults.map(faultText);

describe("rows of a sheet", () => {
  it("add, change and leave tags, and nothing else of the file", async () => {
    const csv =
      "equipment;tag;device;table;register;address.type;unit;range.low;range.high;scale\r\n" +
      "press;speed;plc;holding;7;;1/min;0;500;\r\n" +
      "press;ref;;;40101;;;;;\r\n" +
      "oven;heat;plc;input;4;int16;°C;0;62,5;0,1\r\n";
    const done = await imported(csv);
    expect([fates(done), done.faults]).toEqual([["press/speed changed", "press/ref left", "oven/heat added"], []]);
    const added =
      '      heat: { device: plc, address: { table: input, register: 4, type: int16 }, unit: "°C", range: [0, 62.5], scale: 0.1 }\n';
    expect(done.result?.text).toBe(`${plant.replace("600", "500").replace("oven: {}", "oven:")}    tags:\n${added}`);
  });

  it("leave what an empty cell says nothing of, and take away what is said to be none", async () => {
    const done = await imported("tag,unit,range.low,range.high\npress/speed,,(none),(none)\n");
    expect(done.result?.text).toBe(plant.replace(", range: [0,  600]", ""));
  });

  it("put one form of a value in the place of another", async () => {
    const named = plant.replace("speed: { device", "speed: { name: Speed, device");
    const done = await imported("tag,name.en,name.it\npress/speed,Speed,Velocità\n", {}, named);
    expect(done.result?.text).toContain('speed: { name: { en: Speed, it: "Velocità" }, device');
  });

  it("read 40101 as a reference where no table is said, and as a number where one is", async () => {
    const done = await imported("tag,device,table,register\npress/a,plc,,40007\npress/b,plc,holding,40007\n");
    const { tags } = (parse(done.result?.text ?? "") as { equipment: { press: { tags: Record<string, unknown> } } })
      .equipment.press;
    expect(tags).toMatchObject({
      a: { address: { register: "40007" } },
      b: { address: { table: "holding", register: 40_007 } },
    });
  });

  it("take what plancia browse writes, points only", async () => {
    const csv =
      "path,name,kind,type,writable,unit,low,high,address,texts,equipment,tag\n" +
      'P,Press,folder,,,,,,ns=1;s=P,,press,p\nP/T,\'=T,variable,int32,writable,,0,9,ns=1;s=P.T,"0 = Red, hot, 1 = Blue",press,t\n';
    const text = plant.replace("oven: {}", "oven: { tags: { x: { device: opc, address: ns=1;s=X, type: int32 } } }");
    const done = await imported(
      csv.replaceAll(",press,", ",oven,").replace(",variable,int32", ",variable,int32"),
      {},
      text,
    );
    expect(done.faults.map(faultText)).toEqual(["3 device [] is missing"]);
    const whole = await imported(
      csv.replace("tag\n", "tag,device\n").replace(",press,p\n", ",press,p,\n").replace(",press,t\n", ",press,t,opc\n"),
    );
    expect([whole.aside, fates(whole), whole.faults]).toEqual([1, ["press/t added"], []]);
    expect(whole.result?.text).toContain(
      't: { name: "=T", device: opc, address: "ns=1;s=P.T", type: int32, range: [0, 9], texts: { "0": "Red, hot", "1": Blue } }',
    );
  });

  it("are tried as the file would be: what only another bad row breaks is told too", async () => {
    const csv =
      "tag,device,table,register,setpoint,unit\npress/a,plc,holding,1,b,x\npress/b,plc,holdin,2,,x\npress/c,plc,holding,3,,x\n";
    const done = await imported(csv, { skipBadRows: true });
    expect(done.faults.map(faultText)).toEqual([
      expect.stringMatching(/^2 setpoint \[b\] .*"b"/),
      '3 table [holdin] expected one of coil, discrete, holding, input – did you mean "holding"?',
    ]);
    expect([fates(done), done.result?.text.includes("c: {")]).toEqual([["press/c added"], true]);
    expect((await imported(csv)).result).toBeUndefined();
  });

  it.each<[string, string, string]>([
    [
      "a column that there is not",
      "tag,unti\npress/speed,x\n",
      '1 unti [unti] there is no column "unti" – did you mean "unit"?',
    ],
    ["a column twice", "tag,unit,Unit\npress/speed,x,y\n", "1 Unit [Unit] the column unit stands here twice"],
    [
      "no column tag",
      "equipment,unit\npress,x\n",
      "1  [] the column tag is missing: what each row is about, as machine/tag, or with a column equipment",
    ],
    [
      "a machine that is not there",
      "tag,unit\npres/speed,x\n",
      '2 tag [pres] there is no machine "pres" – did you mean "press"? (a new one has to be asked for)',
    ],
    ["no machine", "tag,unit\nspeed,x\n", "2 tag [speed] is missing: the machine; known are press, oven"],
    ["no tag", "equipment,tag,unit\npress,,x\n", "2 tag [] is missing: the tag's id"],
    [
      "an id that is none",
      "tag,unit\npress/Motor Speed,x\n",
      '2 tag [Motor Speed] expected an id of small letters, digits and _, beginning with a letter – did you mean "motor_speed"?',
    ],
    [
      "an id with a comma of its own",
      "tag,unit\npress/Velocità 1°,x\n",
      '2 tag [Velocità 1°] expected an id of small letters, digits and _, beginning with a letter – did you mean "velocita_1"?',
    ],
    [
      "a tag twice",
      "tag,unit\npress/speed,x\npress/speed,y\n",
      "3 tag [press/speed] press/speed stands in row 2 already",
    ],
    [
      "more cells than columns",
      "tag,unit\npress/speed,x,y\n",
      "2  [y] has more cells than the heading: a text with the separator in it needs quotes",
    ],
    [
      "a device that is not there",
      "tag,device,address\npress/n,opcc,i=1\n",
      '2 device [opcc] there is no device "opcc" – did you mean "opc"?',
    ],
    [
      "a register that is none",
      "tag,device,table,register\npress/n,plc,holding,70000\n",
      "2 register [70000] expected at most 65535",
    ],
    [
      "a number that is none",
      "tag,range.low,range.high\npress/speed,0,lots\n",
      "2 range.high [lots] expected a number, not a text",
    ],
    ["half a pair", "tag,normal.low\npress/ref,1\n", "2 normal.low [1] is one end of a pair: normal.high is missing"],
    [
      "a comma that may be one of thousands",
      'tag,scale\npress/speed,"1,234"\n',
      "2 scale [1,234] 1,234 may be 1.234 or 1234: write it without a separator, or with another number of decimals",
    ],
    [
      "a point that may be one of thousands",
      "tag;scale\npress/speed;4.000\n",
      "2 scale [4.000] 4.000 may be 4.000 or 4000: write it without a separator, or with another number of decimals",
    ],
    [
      "either of them between tabs",
      "tag\tscale\npress/speed\t4,000\n",
      "2 scale [4,000] 4,000 may be 4.000 or 4000: write it without a separator, or with another number of decimals",
    ],
    [
      "a reference to what is not to be read from afar",
      `tag,name\npress/speed,\${file:/etc/hostname}\n`,
      `2 name [\${file:/etc/hostname}] a reference to the environment, a file or a seal is written in the configuration itself, not taken from a sheet`,
    ],
    [
      "the same within a list",
      `tag,formerly\npress/speed,"[""\${env:HOME}""]"\n`,
      `2 formerly [["\${env:HOME}"]] a reference to the environment, a file or a seal is written in the configuration itself, not taken from a sheet`,
    ],
  ])("are refused for %s, with what would be right", async (_what, csv, fault) => {
    expect(await wrong(csv)).toEqual([fault]);
  });

  it("add a machine only where that is asked for", async () => {
    const csv = "tag,device,table,register\nsaw/run,plc,coil,1\n2saw/run,plc,coil,2\n";
    const done = await imported(csv, { newMachines: true, skipBadRows: true });
    expect(done.result?.text).toBe(
      `${plant}  saw:\n    tags:\n      run: { device: plc, address: { table: coil, register: 1 } }\n`,
    );
    expect(done.faults.map(faultText)).toEqual([
      expect.stringMatching(/^3 tag \[2saw\] expected an id .* – did you mean "saw"\?$/),
    ]);
  });

  it("are taken from no sheet where the configuration itself is not valid", async () => {
    const done = await imported("tag\npress/speed\n", { skipBadRows: true }, plant.replace("version: 1", "version: 2"));
    expect(done.faults.map(faultText)).toEqual([
      expect.stringMatching(/^0 {2}\[\] the configuration itself is not valid, mend it first: gateway.yaml:1:10/),
    ]);
    expect(done.result).toBeUndefined();
  });

  it("refuse all where what they change breaks something of the file that is no row's", async () => {
    const used = plant.replace("    tags:\n      speed", '    interlocks: ["speed > 5"]\n    tags:\n      speed');
    const done = await imported(
      "tag,address.type,length,unit,range.low,range.high\npress/speed,string,4,(none),(none),(none)\n",
      { skipBadRows: true },
      used,
    );
    expect(done.faults.map(faultText)).toEqual([expect.stringMatching(/^0 {2}\[\] equipment\.press\.interlocks/)]);
    expect(done.result).toBeUndefined();
  });

  it("are tried no more often than is stated, where each is wrong because of the next", async () => {
    const chain = Array.from(
      { length: sheetLimits.tries + 1 },
      (_, i) => `press/t${i},plc,holding,${i},t${i + 1}\n`,
    ).join("");
    const done = await imported(`tag,device,table,register,setpoint\n${chain}`, { skipBadRows: true });
    expect(done.faults[0]?.text).toMatch(/^rows are wrong one because of another/);
    expect(done.result).toBeUndefined();
  });

  it.each([
    [
      "a cell that is too long",
      "x".repeat(sheetLimits.cellCharacters + 1),
      /^2 name \[x{100}\] has more than 10000 characters$/,
    ],
    ["lists within lists without end", "[".repeat(5000), /^2 name .* expected at most 200 characters/],
    ["a value text with blanks without end", `0 =${" ".repeat(9000)}x`, /^2 name .* at most 200 characters/],
  ])("are refused quickly for %s", async (_what, cell, fault) => {
    expect(await wrong(`tag,name\npress/speed,${cell}\n`)).toEqual([expect.stringMatching(fault)]);
  });

  it("are told up to a limit, beyond which nothing is taken", async () => {
    const many = Array.from({ length: sheetLimits.badRows + 1 }, (_, i) => `press/t${i},plc,nowhere,${i}\n`).join("");
    const done = await imported(`tag,device,table,register\n${many}`, { skipBadRows: true });
    expect(done.faults[0]?.text).toBe("more than 1000 rows are wrong: mend the sheet first");
    expect(done.result).toBeUndefined();
  });
});

describe("an export", () => {
  const files = [
    "config/gateway.yaml",
    "config/examples/bottling-plant.yaml",
    "config/examples/energy-meter.yaml",
    "config/examples/serial-line.yaml",
  ];

  it.each(files.flatMap((file) => (["commas", "semicolons"] as const).map((style) => [file, style] as const)))(
    "of %s with %s, read again, changes nothing",
    async (file, style) => {
      const text = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
      const rows = tagRows(text, drivers) ?? [];
      const done = await imported(sheetCsv(rows, style), {}, text);
      expect([done.faults, done.rows.filter(({ fate }) => fate !== "left")]).toEqual([[], []]);
      expect([done.rows.length, done.result?.text === text]).toEqual([rows.length - 1, true]);
      expect(rows.length).toBeGreaterThan(1);
    },
  );

  it("is a heading to begin with where there is no tag, and nothing where the file cannot be read", () => {
    const empty = "version: 1\nequipment: {}\n";
    expect(tagRows(empty, drivers)).toEqual([
      ["equipment", "tag", "name", "device", "address", "type", "unit", "decimals", "range.low", "range.high"],
    ]);
    expect(tagRows("- 1\n", drivers)).toBeUndefined();
  });

  const word = fc
    .oneof(
      fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }),
      fc.constantFrom(
        "=1+1",
        "+39",
        "-5",
        "@x",
        "'",
        "'=x",
        "12",
        "1,5",
        "1.5",
        "true",
        "VERO",
        "(none)",
        " x ",
        '"',
        "a\nb",
        "[1]",
        "{",
        "40101",
        "null",
        "#",
        ";",
        "\t",
        "-",
        "°C",
        `\${`,
      ),
    )
    .filter((text) => !text.includes(`\${`) && text.isWellFormed() && !/\p{Cc}/u.test(text.replaceAll("\n", "")));
  const texts = fc.dictionary(fc.constantFrom("0", "1", "-1", "1.5"), word, { minKeys: 1 });
  const tag = fc.record(
    {
      name: fc.oneof(word, fc.record({ en: word, it: word })),
      unit: word,
      texts,
      range: fc.constantFrom([0, 1], [-2.5, 1e21]),
      scale: fc.constantFrom(0.1, -3, 1e-9),
      formerly: fc.constantFrom("a/b", ["a/b", "c/d"]),
      record: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  it("of whatever texts stand in it, formulas and numbers among them, changes nothing when it is read again", async () => {
    await fc.assert(
      fc.asyncProperty(tag, fc.constantFrom("commas", "semicolons"), async (more, style) => {
        const written = { device: "plc", address: { table: "holding", register: 1 }, ...more };
        const text = plant.replace(
          "      ref:",
          `      made: ${flowText(JSON.parse(JSON.stringify(written)) as Plain)}\n      ref:`,
        );
        const rows = tagRows(text, drivers) ?? [];
        for (const row of rows.slice(1))
          for (const cell of row) expect(/^[=+@\t\r]|^-(?![\d.])/.test(cell)).toBe(false);
        const done = await imported(sheetCsv(rows, style), {}, text);
        expect([done.faults, done.rows.filter(({ fate }) => fate !== "left"), done.result?.text === text]).toEqual([
          [],
          [],
          true,
        ]);
      }),
      { numRuns: 20 },
    );
  });
});
