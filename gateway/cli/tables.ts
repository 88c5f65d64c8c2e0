import type { Person } from "./actions.ts";

/** Names and texts come from machines: what would steer the terminal is shown as a blank sign. */
function printable(cell: string): string {
  return cell.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
}

/** Columns padded to their widest cell, two spaces apart; the first row is the heading. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function personRows(people: readonly Person[]): readonly (readonly string[])[] {
  const rows = people.map((person) => [
    person.name,
    person.role,
    person.equipment.join(", "),
    person.organisation ?? "",
    person.disabled ? "disabled" : "",
    new Date(person.createdAt).toISOString(),
  ]);
  return [["NAME", "ROLE", "EQUIPMENT", "ORGANISATION", "", "SINCE"], ...rows];
}
