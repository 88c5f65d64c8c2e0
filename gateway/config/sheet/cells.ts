import type { z } from "zod";
import { formula, noneCell, type Sheet, sheetLimits } from "../../core/configuration/tag-sheet.ts";
import type { Plain } from "../yaml-source.ts";

const number = /^[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?$/;
/** A number of thousands or one with three decimals. */
const unclear: Readonly<Record<Sheet["separator"], RegExp>> = {
  ",": /^[+-]?\d{1,3},\d{3}$/,
  ";": /^[+-]?[1-9]\d{0,2}\.\d{3}$/,
  "\t": /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/,
};
/** As spreadsheets in English and Italian show them. */
const truths = new Map([
  ["true", true],
  ["vero", true],
  ["false", false],
  ["falso", false],
]);

/**
 * A value as it stands in a cell. A text that would be read as something else, or that a spreadsheet would take for a
 * formula (S17), has an apostrophe before it; lists and groups stand as JSON.
 */
export function cellOf(value: Plain): string {
  if (typeof value === "string") return isMarked(value) ? `'${value}` : value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isMarked(text: string): boolean {
  if (text === "" || text !== text.trim() || text === noneCell) return true;
  return formula.test(text) || /^['[{]/.test(text) || number.test(text) || truths.has(text.toLowerCase());
}

export type CellRead =
  | {
      readonly ok: true;
      readonly value: Plain;
      /** The other thing that it can mean where it stands. */
      readonly or: Plain | undefined;
    }
  | { readonly ok: false; readonly text: string };

/**
 * What a cell means where one of `schemas` stands: the first of number, truth value, JSON and text that is right there.
 * @param separator of the cells. Which of comma and point groups thousands goes by it, and where that is not clear
 *   nothing is guessed: `4.000` in a register's column is register 4 or 4000.
 */
export function readCell(cell: string, schemas: readonly z.ZodType[], separator: Sheet["separator"]): CellRead {
  const text = cell.trim();
  if (cell.trimStart().startsWith("'")) return { ok: true, value: cell.trimStart().slice(1), or: undefined };
  const meant = [...otherMeanings(text), text];
  const [right, or] = meant.filter((value) => schemas.some((schema) => schema.safeParse(value).success));
  const value = right ?? meant[0] ?? text;
  if (typeof value === "number" && unclear[separator].test(text))
    return {
      ok: false,
      text: `${text} may be ${text.replace(",", ".")} or ${text.replace(/[.,]/, "")}: write it without a separator, or with another number of decimals`,
    };
  return { ok: true, value, or };
}

function otherMeanings(text: string): readonly Plain[] {
  if (number.test(text)) {
    const read = Number(text.replace(",", "."));
    // A whole number that a double cannot hold stays text.
    return Number.isFinite(read) && (!Number.isInteger(read) || Number.isSafeInteger(read)) ? [read] : [];
  }
  const truth = truths.get(text.toLowerCase());
  if (truth !== undefined) return [truth];
  if (!/^[[{]/.test(text) || deeperThan(text, sheetLimits.depth)) return [];
  try {
    return [JSON.parse(text) as Plain];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function deeperThan(json: string, most: number): boolean {
  let depth = 0;
  for (const sign of json) {
    if (sign === "[" || sign === "{") depth++;
    else if (sign === "]" || sign === "}") depth--;
    if (depth > most) return true;
  }
  return false;
}

/** Texts of values as `plancia browse` writes them, "0 = Red, 1 = Blue"; undefined: written otherwise. */
export function readTexts(cell: string): { [key: string]: Plain } | undefined {
  if (cell.trim().startsWith("{")) return undefined;
  const texts = new Map<string, Plain>();
  for (const pair of cell.split(/,(?=[^,=]*=)/)) {
    const [key, text] = [pair.split("=", 1)[0] ?? "", pair.slice(pair.indexOf("=") + 1).trim()];
    if (!pair.includes("=") || key.trim() === "" || key.trim().length > 30 || text === "") return undefined;
    texts.set(key.trim(), text);
  }
  return Object.fromEntries(texts);
}
