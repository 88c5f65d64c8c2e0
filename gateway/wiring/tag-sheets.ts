import { readFileSync } from "node:fs";
import { importSheet } from "../config/sheet/import-sheet.ts";
import { tagRows } from "../config/sheet/tag-rows.ts";
import { controlSheets } from "../core/acceptance/describe.ts";
import { sheetText } from "../core/acceptance/sheet.ts";
import { canonicalJson } from "../core/audit/canonical.ts";
import { configurationDifference, type PartDifference } from "../core/configuration/difference.ts";
import type { SheetFault, SheetOptions, SheetOutcome } from "../core/configuration/tag-sheet.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Plant } from "../core/plant.ts";
import { drivers } from "../drivers/registry.ts";
import { readSheet, sheetCsv } from "../exports/sheet-csv.ts";
import { compile } from "../expressions/compile.ts";
import { startThread } from "../kit/thread.ts";
import type { PlannedSheet, SheetStyle, TagSheetFile } from "../services/tag-sheets.ts";
import { connectionOf } from "./acceptance.ts";
import type { FilePlace } from "./checked-file.ts";
import { plainPlant } from "./plain-plant.ts";
import { secretsOpener } from "./sealed-secrets.ts";

export type SheetJob =
  | { readonly what: "tags"; readonly file: string; readonly style: SheetStyle }
  | {
      readonly what: "plan";
      readonly file: string;
      readonly place: FilePlace;
      readonly csv: Uint8Array;
      readonly options: SheetOptions;
    };

/** The same in a thread of its own, so that no poll waits for it. */
export function sheetsBeside(file: string, place: FilePlace): TagSheetFile {
  return {
    tags: async (style) =>
      asked<string | undefined>({ what: "tags", file, style }).then((csv) => csv ?? unreadable(file)),
    plan: (csv, options) => asked<PlannedSheet>({ what: "plan", file, place, csv, options }),
  };
}

function asked<T>(job: SheetJob): Promise<T> {
  const thread = startThread(new URL("./sheet-worker.ts", import.meta.url), { workerData: job });
  return new Promise((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`the look at a sheet ended with ${code}`)));
  });
}

/** @throws PlanciaError request/conflict */
export function unreadable(file: string): never {
  throw new PlanciaError("request/conflict", `${file} cannot be read; plancia check says where it is wrong`);
}

/** Not a byte of it may be lost by being read: undefined where it is not UTF-8, or cannot be read. */
function lyingText(file: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError || (error as NodeJS.ErrnoException).syscall !== undefined) return undefined;
    throw error;
  }
}

/** The tags of a configuration file as CSV; undefined: it cannot be read. */
export function tagsCsv(file: string, style: SheetStyle): string | undefined {
  const lay = lyingText(file);
  const rows = lay === undefined ? undefined : tagRows(lay, drivers);
  return rows && sheetCsv(rows, style);
}

/** What a sheet would make of a configuration file. Secrets that are not at hand are no problem of it. */
export async function plannedSheet(
  file: string,
  place: FilePlace,
  csv: Uint8Array,
  options: SheetOptions,
): Promise<PlannedSheet> {
  const lay = lyingText(file);
  if (lay === undefined) {
    const text = `${file} cannot be read, or is not UTF-8; plancia check says what is wrong`;
    return { lay: "", outcome: refusedOutcome({ row: 0, column: "", cell: "", text }), sheets: new Map() };
  }
  const read = readSheet(csv);
  if (!read.ok) return { lay, outcome: refusedOutcome(read.fault), sheets: new Map() };
  const context = {
    environment: process.env,
    compile,
    openSecret: secretsOpener(place),
    missingSecrets: "warning",
  } as const;
  const { rows, aside, faults, result } = await importSheet(file, lay, read.sheet, options, context);
  const names = (fate: string) => rows.filter((row) => row.fate === fate).map(({ name }) => name);
  const outcome: SheetOutcome = {
    ...{ added: names("added"), changed: names("changed"), left: names("left").length, aside, faults },
    bad: new Set(faults.map(({ row }) => row)).size,
    text: result?.text,
    parts: result ? differenceOf(result.before, result.after) : [],
  };
  return { lay, outcome, sheets: result ? sheetsOf(result.after) : new Map() };
}

function refusedOutcome(fault: SheetFault): SheetOutcome {
  return { added: [], changed: [], left: 0, aside: 0, faults: [fault], bad: 1, text: undefined, parts: [] };
}

function differenceOf(before: Plant, after: Plant): readonly PartDifference[] {
  const plain = (plant: Plant): unknown => JSON.parse(canonicalJson(plainPlant(plant)));
  return configurationDifference(plain(before), plain(after));
}

function sheetsOf(plant: Plant): ReadonlyMap<string, string> {
  const sheets = controlSheets(plant, { compile, connectionOf });
  return new Map([...sheets].map(([id, sheet]) => [id, sheetText(sheet)]));
}
