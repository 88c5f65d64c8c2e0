import { readFileSync, writeFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type Plant, password, preparePlant } from "../rig/plant.ts";

/** Two hundred Modbus tags from a spreadsheet, seven rows of it wrong, into a file with comments. */
let plant: Plant;
let browser: Browser;
let visitor: Visitor;
let first: string;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await preparePlant();
  const written = readFileSync(plant.configuration, "utf8");
  first = `# the hall of the rig\n${written.replace("  furnace:\n", "  furnace: # bought second-hand\n")}`;
  writeFileSync(plant.configuration, first);
  await plant.addUser("ada", "administrator");
  await plant.start();
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});
afterEach(() => visitor?.close());

async function open(options: typeof desk | typeof phone = desk, language = "EN"): Promise<void> {
  visitor = await Visitor.open(browser, plant.url, options);
  await visitor.go("#/system");
  await visitor.page.getByRole("button", { name: language, exact: true }).click();
  await visitor.signIn("ada", password);
}

const panel = (name = "Tags as a sheet") => visitor.page.getByRole("region", { name, exact: true });
const present = () => readFileSync(plant.configuration, "utf8");

const heading = [
  "equipment",
  "tag",
  "name",
  "device",
  "table",
  "register",
  "address.type",
  "unit",
  "range.low",
  "range.high",
  "scale",
];
/** Row as a spreadsheet counts, column, what is wrong there, and what the gateway says. */
const wrong: readonly (readonly [number, string, string, string])[] = [
  [4, "device", "furnce-plc", 'there is no device "furnce-plc" – did you mean "furnace-plc"?'],
  [11, "table", "holdin", 'expected one of coil, discrete, holding, input – did you mean "holding"?'],
  [51, "register", "70000", "expected at most 65535"],
  [78, "tag", "Power 77", 'did you mean "power_77"?'],
  [101, "range.high", "lots", "expected a number, not a text"],
  [151, "tag", "power_149", "stands in row 150 already"],
  [200, "address.type", "float23", 'did you mean "float32"?'],
];

/** As a spreadsheet in Italian saves it. */
function sheet(faults: typeof wrong): Buffer {
  const rows = Array.from({ length: 200 }, (_, i) => {
    const n = i + 1;
    return [
      "meters",
      `power_${n}`,
      `Power ${n}`,
      "furnace-plc",
      "holding",
      `${100 + 2 * n}`,
      "float32",
      "kW",
      "0",
      "62,5",
      "0,1",
    ];
  });
  for (const [row, column, cell] of faults) rows[row - 2]?.splice(heading.indexOf(column), 1, cell);
  const text = [heading, ...rows].map((cells) => cells.join(";")).join("\r\n");
  return Buffer.from(`\ufeff${text}\r\n`);
}

const chosen = (buffer: Buffer) => ({ name: "meters.csv", mimeType: "text/csv", buffer });

describe("tags as a sheet on the system page", () => {
  it("tells each of seven bad rows among two hundred, takes the others, and leaves every other line of the file", async () => {
    await open();
    await panel().getByRole("button", { name: "Save the sheet", disabled: false }).waitFor();
    await panel()
      .getByLabel("CSV file, as a spreadsheet saves it")
      .setInputFiles(chosen(sheet(wrong)));
    await panel().getByText("0 would be added, 0 changed, 0 left as they are, 200 wrong").waitFor();
    await panel().getByText('there is no machine "meters"').first().waitFor();

    await panel().getByLabel("Add machines that are named and not there").check();
    await panel()
      .getByText("193 would be added, 0 changed, 0 left as they are, 7 wrong. Nothing was changed yet.")
      .waitFor();
    const rows = panel().getByRole("table", { name: "Rows that are wrong" }).getByRole("row");
    expect(await rows.count()).toBe(1 + wrong.length);
    for (const [i, [row, column, cell, why]] of wrong.entries()) {
      const text = (await rows.nth(i + 1).innerText()).replaceAll(/\s+/g, " ");
      expect(text).toMatch(new RegExp(`^${row} ${column} `));
      expect([text.includes(cell), text.includes(why)]).toEqual([true, true]);
    }
    await panel().getByText("As long as one row is wrong, none is taken.").waitFor();
    expect(
      await panel()
        .getByRole("button", { name: /in the file$/ })
        .count(),
    ).toBe(0);
    expect(present()).toBe(first);

    await panel().getByLabel("Take the rows that are right though others are wrong").check();
    await panel().getByLabel("Why (kept with the version)").fill("meters of hall 2");
    expect(await visitor.barriers()).toEqual([]);
    await visitor.picture("tag-sheet");
    await panel().getByRole("button", { name: "Add 193, change 0 in the file" }).click();
    await panel().getByText("The file is version 2 now. It takes effect at the next start of the gateway.").waitFor();

    const lines = present().split("\n");
    const added = lines.filter((line) => /^ {6}power_\d+: \{ name: Power \d+, device: furnace-plc, /.test(line));
    expect([added.length, lines.filter((line) => !added.includes(line)).join("\n")]).toEqual([
      193,
      `${first}  meters:\n    tags:\n`,
    ]);
    const configuration = visitor.page.getByRole("region", { name: "Configuration", exact: true });
    await configuration.getByText("machine meters added").waitFor();
    await configuration
      .getByText("tags from a sheet: 193 added, 0 changed, 7 bad rows left out: meters of hall 2")
      .waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it("saves the tags, and finds nothing to change when they come back, on a phone in Italian too", async () => {
    await open(phone, "IT");
    const saving = visitor.page.waitForEvent("download");
    await panel("Variabili in tabella").getByRole("button", { name: "Salva la tabella" }).click();
    const saved = await (await saving).path();
    const before = present();
    const tags = readFileSync(saved, "utf8").trimEnd().split("\r\n").length - 1;
    await panel("Variabili in tabella").getByLabel("File CSV, come lo salva un foglio di calcolo").setInputFiles(saved);
    await panel("Variabili in tabella")
      .getByText(`0 da aggiungere, 0 da modificare, ${tags} invariate, 0 errate`)
      .waitFor();
    expect(
      await panel("Variabili in tabella")
        .getByRole("button", { name: /nel file$/ })
        .count(),
    ).toBe(0);
    expect(await visitor.barriers()).toEqual([]);
    await visitor.picture("tag-sheet-phone");
    expect(present()).toBe(before);
    expect(visitor.complaints).toEqual([]);
  });
});
