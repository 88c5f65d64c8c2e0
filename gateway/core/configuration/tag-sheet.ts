import type { PartDifference } from "./difference.ts";

/** What a sheet may have; beyond that it is refused before any of it is read. */
export const sheetLimits = {
  bytes: 4 * 1024 * 1024,
  rows: 10_000,
  columns: 200,
  cellCharacters: 10_000,
  /** Lists and groups in a cell, one within another. */
  depth: 20,
  /** Tries of the whole file, each without the rows that were wrong in the one before. */
  tries: 30,
  /** Bad rows that are told; where there are more, nothing of the sheet is taken. */
  badRows: 1000,
} as const;

/** Tags as a table: one a row, below a heading. */
export interface Sheet {
  readonly heading: readonly string[];
  /** `n` as a spreadsheet counts, the heading is 1; a text over several lines is one cell. */
  readonly rows: readonly { readonly n: number; readonly cells: readonly string[] }[];
  /** Of the cells: it says which of comma and point may stand between thousands. */
  readonly separator: "," | ";" | "\t";
}

/** What is wrong: `row` 1 is the heading, 0 the sheet or the configuration as a whole. */
export interface SheetFault {
  readonly row: number;
  /** As the heading has it; "" where it is the row as a whole. */
  readonly column: string;
  /** What stands there, the first 100 characters. */
  readonly cell: string;
  /** What, and what would be right. */
  readonly text: string;
}

export type SheetRead =
  | { readonly ok: true; readonly sheet: Sheet }
  | { readonly ok: false; readonly fault: SheetFault };

export interface SheetOptions {
  /** Takes the rows that are right though others are not. */
  readonly skipBadRows: boolean;
  /** A machine that is named and not there is added. */
  readonly newMachines: boolean;
}

/** What a sheet would make of the configuration. */
export interface SheetOutcome {
  /** Full names, at most 10,000 of both together. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Rows that say what the file says already. */
  readonly left: number;
  /** Rows that name no point, such as folders of a browsed device. */
  readonly aside: number;
  readonly faults: readonly SheetFault[];
  /** Rows that are wrong. */
  readonly bad: number;
  /** The configuration afterwards; undefined: nothing of it can be taken as it is. */
  readonly text: string | undefined;
  readonly parts: readonly PartDifference[];
}

/** What stands for a value that shall go: an empty cell leaves what is there. */
export const noneCell = "(none)";

/**
 * What starts like a formula for a spreadsheet (S17), OWASP's list. Such a text gets an apostrophe before it, which is taken
 * away again when the sheet is read.
 */
export const formula = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
