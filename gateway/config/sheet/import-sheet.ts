import { type Sheet, type SheetFault, type SheetOptions, sheetLimits } from "../../core/configuration/tag-sheet.ts";
import type { Plant } from "../../core/plant.ts";
import { drivers as installed } from "../../drivers/registry.ts";
import { isGroup } from "../edit/edit.ts";
import { editText } from "../edit/edit-text.ts";
import { type LoadContext, type Loaded, loadPlant } from "../load.ts";
import { mostProblems, type Problem, Report } from "../report.ts";
import { readYaml } from "../yaml-source.ts";
import { type RowsRead, readRows, type TagRow } from "./read-rows.ts";

export interface SheetImport {
  readonly rows: readonly TagRow[];
  readonly aside: number;
  /** By row. */
  readonly faults: readonly SheetFault[];
  /** What it was and would be, where it can be taken. */
  readonly result: { readonly before: Plant; readonly after: Plant; readonly text: string } | undefined;
}

/**
 * What a sheet would make of a configuration, and every row that is wrong with its reason. Each row is tried by the
 * one check that a start makes: the whole file as it would be. Rows that are wrong are left out of the next try, so that
 * one mistake hides no other; without `skipBadRows` one of them refuses all.
 * @param text the configuration as it lies at `file`.
 */
export async function importSheet(
  file: string,
  text: string,
  sheet: Sheet,
  options: SheetOptions,
  context: LoadContext,
): Promise<SheetImport> {
  const before = await loadPlant(file, { ...context, text });
  const value = readYaml(text, new Report(file));
  if (!before.ok || !isGroup(value)) {
    const first = before.ok ? "" : (before.problems[0]?.message ?? "");
    return nothing([whole(`the configuration itself is not valid, mend it first: ${first}`)]);
  }
  const read = readRows(sheet, value, options, context.drivers ?? installed);
  const tried = await tryRows(file, text, sheet, read, context);
  const { rows, faults, loaded } = tried;
  const sorted = [...faults].sort((a, b) => a.row - b.row);
  const taken = loaded?.ok && (sorted.length === 0 || (options.skipBadRows && !sorted.some(({ row }) => row <= 1)));
  const result = taken ? { before: before.plant, after: loaded.plant, text: tried.text } : undefined;
  return { rows, aside: read.aside, faults: sorted, result };
}

interface Tried {
  readonly rows: readonly TagRow[];
  readonly faults: readonly SheetFault[];
  readonly loaded: Loaded | undefined;
  readonly text: string;
}

async function tryRows(file: string, text: string, sheet: Sheet, read: RowsRead, context: LoadContext): Promise<Tried> {
  const faults = [...read.faults];
  let rows = read.rows;
  for (let tries = 1; ; tries++) {
    if (tries > sheetLimits.tries)
      return stopped(
        rows,
        faults,
        text,
        "rows are wrong one because of another, again and again: mend the sheet first",
      );
    if (badRows(faults) > sheetLimits.badRows)
      return stopped(rows, faults, text, `more than ${sheetLimits.badRows} rows are wrong: mend the sheet first`);
    const edited = editText(
      text,
      rows.flatMap(({ edits }) => edits),
    );
    if (!edited.ok) {
      const { line, column, path, text: why } = edited.problem;
      return stopped(rows, faults, text, `${file}:${line}:${column}: ${path}: ${why}`);
    }
    const loaded = await loadPlant(file, { ...context, text: edited.text });
    if (loaded.ok) return { rows, faults, loaded, text: edited.text };
    const placed = new Placed(sheet, rows);
    const found = loaded.problems.slice(0, mostProblems).map((problem) => placed.fault(problem));
    // What no row stands for may come from one that is left out of the next try; else nobody can say of which.
    const ofRows = found.filter(({ row }) => row > 0);
    if (ofRows.length === 0) return { rows, faults: [...faults, ...found], loaded, text };
    faults.push(...ofRows);
    const wrong = new Set(ofRows.map(({ row }) => row));
    rows = rows.filter(({ n }) => !wrong.has(n));
  }
}

function badRows(faults: readonly SheetFault[]): number {
  return new Set(faults.map(({ row }) => row)).size;
}

function stopped(rows: readonly TagRow[], faults: readonly SheetFault[], text: string, why: string): Tried {
  return { rows, faults: [whole(why), ...faults], loaded: undefined, text };
}

function nothing(faults: readonly SheetFault[]): SheetImport {
  return { rows: [], aside: 0, faults, result: undefined };
}

function whole(text: string): SheetFault {
  return { row: 0, column: "", cell: "", text };
}

/** From a problem of the file as it would be to the row and column that it comes from. */
class Placed {
  readonly #sheet: Sheet;
  readonly #byName: ReadonlyMap<string, number>;

  constructor(sheet: Sheet, rows: readonly TagRow[]) {
    this.#sheet = sheet;
    this.#byName = new Map(rows.filter(({ fate }) => fate !== "left").map(({ name, n }) => [name, n]));
  }

  fault({ path, text }: Problem): SheetFault {
    const [, equipment, tag, rest = ""] = /^equipment\.([^.]+)\.tags\.([^.[]+)\.?(.*)$/.exec(path) ?? [];
    const row = this.#byName.get(`${equipment}/${tag}`);
    if (row === undefined) return whole(path === "" ? text : `${path}: ${text}`);
    const column = this.#column(rest.replace("[0]", ".low").replace("[1]", ".high"));
    const cells = this.#sheet.rows.find(({ n }) => n === row)?.cells ?? [];
    const cell = column === undefined ? "" : (cells[column] ?? "");
    return {
      row,
      column: column === undefined ? rest : (this.#sheet.heading[column] ?? ""),
      cell: cell.slice(0, 100),
      text,
    };
  }

  /** The column of a path within a tag: itself, else what stands around it, else what stands in it. */
  #column(path: string): number | undefined {
    const names = this.#sheet.heading.map((name) => name.trim().toLowerCase());
    const wanted = path.toLowerCase();
    const tries = [
      (name: string) =>
        name === wanted || `address.${name}` === wanted || (wanted.startsWith("range.") && `range.${name}` === wanted),
      (name: string) => name !== "" && wanted.startsWith(`${name}.`),
      (name: string) => wanted !== "" && name.startsWith(`${wanted}.`),
    ];
    for (const fits of tries) {
      const found = names.findIndex(fits);
      if (found !== -1) return found;
    }
    return undefined;
  }
}
