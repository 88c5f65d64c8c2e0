import { limits, type Table } from "./limits.ts";

/** First digit of the traditional reference numbers; they count from 1, the wire from 0. */
const digits = { coil: "0", discrete: "1", input: "3", holding: "4" } as const satisfies Record<Table, string>;
const tableOf = new Map<string, Table>([
  ["0", "coil"],
  ["1", "discrete"],
  ["3", "input"],
  ["4", "holding"],
]);

/**
 * "40101" (five digits, up to 9999) or "400101" (six digits, up to 65536) → table and register from 0
 * as on the wire; undefined when it is no such reference.
 */
export function parseReference(text: string): { table: Table; register: number } | undefined {
  const match = /^([0134])(\d{4,5})$/.exec(text);
  const table = tableOf.get(match?.[1] ?? "");
  const number = Number(match?.[2]);
  if (table === undefined || !(number >= 1 && number <= limits.lastAddress + 1)) return undefined;
  return { table, register: number - 1 };
}

/** Both forms for people: "holding 100 (40101)". */
export function formatReference(table: Table, register: number): string {
  const number = register + 1;
  return `${table} ${register} (${digits[table]}${String(number).padStart(number > 9999 ? 5 : 4, "0")})`;
}
