import { describe, expect, it } from "vitest";
import { sheetLimits } from "../core/configuration/tag-sheet.ts";
import { readSheet, sheetCsv } from "./sheet-csv.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, mark: readonly number[]): Uint8Array => {
  const little = Buffer.from(text, "utf16le");
  return Buffer.concat([Buffer.from(mark), mark[0] === 0xff ? little : little.swap16()]);
};

/** Heading and rows; throws where it was refused. */
function cellsOf(csv: Uint8Array): readonly (readonly string[])[] {
  const read = readSheet(csv);
  if (!read.ok) throw new Error(`${read.fault.row}: ${read.fault.text}`);
  return [read.sheet.heading, ...read.sheet.rows.map(({ cells }) => cells)];
}

const expected = [
  ["tag", "unit"],
  ["a", "°C"],
  ["b", "x,y;z"],
];

describe("a sheet as programs and spreadsheets write it", () => {
  it.each<[string, Uint8Array]>([
    ["commas", bytes('tag,unit\na,°C\nb,"x,y;z"\n')],
    ["semicolons, a mark and ends of line of Windows", bytes('\ufefftag;unit\r\na;°C\r\nb;"x,y;z"\r\n')],
    ["tabs and no end of the last line", bytes("tag\tunit\na\t°C\nb\tx,y;z")],
    ["a first line that names the separator", bytes('sep=;\r\ntag;unit\r\na;°C\r\nb;"x,y;z"\r\n')],
    ["a separator within a quoted heading", bytes('"tag","unit"\na,°C\nb,"x,y;z"\n')],
    ["Windows-1252", Buffer.from('tag;unit\r\na;°C\r\nb;"x,y;z"\r\n', "latin1")],
    ["UTF-16 of a spreadsheet", utf16("tag\tunit\r\na\t°C\r\nb\tx,y;z\r\n", [0xff, 0xfe])],
    ["UTF-16 the other way round", utf16("tag\tunit\r\na\t°C\r\nb\tx,y;z\r\n", [0xfe, 0xff])],
    ["empty rows in between", bytes('tag,unit\n\na,°C\n,\nb,"x,y;z"\n')],
  ])("is read with %s", (_what, csv) => {
    expect(cellsOf(csv)).toEqual(expected);
  });

  it("keeps texts over several lines in one cell, and counts rows as a spreadsheet does", () => {
    const read = readSheet(bytes('tag,name\na,"two\nlines, ""quoted"""\n\nc,x\n'));
    expect(read).toMatchObject({
      sheet: {
        rows: [
          { n: 2, cells: ["a", 'two\nlines, "quoted"'] },
          { n: 4, cells: ["c", "x"] },
        ],
      },
    });
  });

  it.each<[string, Uint8Array, string]>([
    ["nothing", bytes(""), "1: has no heading"],
    ["an empty heading", bytes(",,\na,b,c\n"), "1: has no heading"],
    ["a quote that never ends", bytes('tag,unit\na,"°C\n'), "cannot be read as CSV here"],
    ["too many bytes", new Uint8Array(sheetLimits.bytes + 1), `0: has ${sheetLimits.bytes + 1} bytes`],
    ["too many rows", bytes(`tag\n${"a\n".repeat(sheetLimits.rows + 1)}`), "0: has more than 10000 rows"],
    ["too many columns", bytes(`${",x".repeat(sheetLimits.columns)}\n`), "1: has 201 columns"],
  ])("is refused with %s, and why", (_what, csv, why) => {
    expect(() => cellsOf(csv)).toThrow(why);
  });

  it("takes as many rows as it says", () => {
    expect(cellsOf(bytes(`tag\n${"a\n".repeat(sheetLimits.rows)}`))).toHaveLength(sheetLimits.rows + 1);
  });
});

describe("a sheet that is written", () => {
  const rows = [
    ["tag", "scale", "name"],
    ["a", "-0.5", 'x;"y",\nz'],
  ];

  it.each(["commas", "semicolons"] as const)("is read as it was, with %s", (style) => {
    const written = sheetCsv(rows, style);
    const point = style === "commas" ? "-0.5" : "-0,5";
    expect(cellsOf(bytes(written))).toEqual([rows[0], ["a", point, 'x;"y",\nz']]);
  });

  it("has a mark for spreadsheets where it has semicolons", () => {
    expect(sheetCsv(rows, "semicolons")).toMatch(/^\ufefftag;scale;name\r\na;-0,5;/);
    expect(sheetCsv(rows, "commas")).toMatch(/^tag,scale,name\r\na,-0\.5,/);
  });
});
