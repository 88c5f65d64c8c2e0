import type { Terminal } from "./actions.ts";
import type { ConfigPart } from "./config-actions.ts";
import { table } from "./tables.ts";

/** Each thing that is different, and what about it. */
export function tellParts(terminal: Terminal, parts: readonly ConfigPart[]): void {
  for (const part of parts) tellPart(terminal, part);
}

function tellPart(terminal: Terminal, { say, fate, values, total, within }: ConfigPart): void {
  const holds = within ? ` (${within.tags} tags, ${within.commands} commands)` : "";
  terminal.out(table([[`${say.en}${holds}`]]));
  // Of what came or went as a whole its name is enough.
  if (fate !== "changed" && fate !== "renamed") return;
  const rows = Object.entries(values).map(([key, { from, to }]) => [
    `  ${key}`,
    `${valueText(from)} → ${valueText(to)}`,
  ]);
  terminal.out(table(rows));
  if (total > rows.length) terminal.out(`  … and ${total - rows.length} more`);
}

function valueText(value: unknown): string {
  return value === null || value === undefined ? "nothing" : String(value);
}
