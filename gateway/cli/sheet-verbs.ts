import type { Command } from "commander";
import type { Actions, Place, Terminal } from "./actions.ts";
import type { SheetResult } from "./config-actions.ts";
import { tellParts } from "./config-parts.ts";
import { tellSaving } from "./config-version-verbs.ts";
import { table } from "./tables.ts";
import { Found, placeOf, verb } from "./verb.ts";
import { assertMayWrite, writeWhole } from "./whole-file.ts";

interface ImportOptions extends Place {
  readonly dryRun?: boolean;
  readonly skipBadRows?: boolean;
  readonly newMachines?: boolean;
  readonly why?: string;
  readonly json?: boolean;
}

/** Tags from a sheet into the configuration. */
export function addImport(program: Command, actions: Actions, terminal: Terminal): void {
  verb(program, "import <file>", "tags from a CSV file, also as spreadsheets save it, into the configuration")
    .option("--dry-run", "say what would be added, changed and left, and every bad row; change nothing")
    .option("--skip-bad-rows", "take the rows that are right though others are not; without it one refuses all")
    .option("--new-machines", "add machines that are named and not there")
    .option("--why <text>", "kept with the version")
    .option("--json", "as JSON")
    .action(async (file: string, options: ImportOptions) => {
      const { dryRun = false, skipBadRows = false, newMachines = false, why } = options;
      const result = await actions.importTags(placeOf(options), file, { dryRun, skipBadRows, newMachines, why });
      if (options.json) terminal.out(JSON.stringify(result, undefined, 2));
      else tell(terminal, options, result);
      if (result.bad > 0 && !skipBadRows) throw new Found();
      if (result.faults.some(({ row }) => row <= 1)) throw new Found();
    });
}

function tell(terminal: Terminal, options: ImportOptions, result: SheetResult): void {
  const { added, changed, left, aside, faults, bad, parts, saved } = result;
  for (const fault of faults) terminal.err(table([[faultText(fault)]]));
  tellParts(terminal, parts);
  const counts = [
    `${added.length} ${options.dryRun ? "would be added" : "to add"}`,
    `${changed.length} ${options.dryRun ? "would be changed" : "to change"}`,
    `${left} left as they are`,
    ...(aside > 0 ? [`${aside} that name no point`] : []),
    `${bad} bad`,
  ];
  terminal.out(`rows: ${counts.join(", ")}`);
  if (saved) tellSaving(terminal, options, { ok: true, saved });
  else if (options.dryRun) terminal.out("nothing was changed: a dry run");
  else terminal.err(`plancia: ${options.config} was left as it is; --skip-bad-rows takes the rows that are right`);
}

function faultText({ row, column, cell, text }: SheetResult["faults"][number]): string {
  const where = row === 0 ? "" : row === 1 ? "heading" : `row ${row}`;
  const at = [where, column].filter((part) => part !== "").join(", ");
  const shown = cell === "" || row === 1 ? "" : `"${cell}": `;
  return `${at === "" ? "" : `${at}: `}${shown}${text}`;
}

interface TagsOptions extends Place {
  readonly semicolons?: boolean;
  readonly out?: string;
}

/** The tags of the configuration as a sheet, for `plancia import`. */
export function addTags(config: Command, actions: Actions, terminal: Terminal): void {
  verb(config, "tags", "the tags of the configuration as CSV, one a row; read back by plancia import")
    .option("--semicolons", "with decimal commas and a byte order mark, as spreadsheets in Italian open it")
    .option("--out <file>", "instead of standard output; a file of that name is replaced")
    .action(async (options: TagsOptions) => {
      const { out } = options;
      if (out !== undefined) assertMayWrite(out, "replace");
      const csv = await actions.exportTags(placeOf(options), options.semicolons ? "semicolons" : "commas");
      if (out === undefined) await terminal.pour(one(csv));
      else await writeWhole(out, one(csv), "replace");
    });
}

async function* one(text: string): AsyncGenerator<string> {
  yield text;
}
