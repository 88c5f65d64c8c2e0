import { type Command, InvalidArgumentError } from "commander";
import type { Actions, Place, Terminal } from "./actions.ts";
import type { ConfigVersion, Saving } from "./config-actions.ts";
import { tellParts } from "./config-parts.ts";
import { table } from "./tables.ts";
import { Found, placeOf, verb } from "./verb.ts";

interface VersionsOptions extends Place {
  readonly text?: boolean;
  readonly json?: boolean;
}

interface SaveOptions extends Place {
  readonly why?: string;
}

/** Every configuration that was started or saved, and the ways to the next and back. */
export function addVersions(config: Command, actions: Actions, terminal: Terminal): void {
  verb(config, "versions [n]", "every configuration that was started or saved; of one, what it changed")
    .option("--text", "its text, secrets left out")
    .option("--json", "as JSON")
    .action(async (n: string | undefined, options: VersionsOptions) => {
      if (n === undefined) return list(actions, terminal, options);
      const { text, parts } = await actions.configVersion(placeOf(options), number(n));
      if (options.text) return terminal.pour(one(text));
      if (options.json) return terminal.out(JSON.stringify({ text, parts }, undefined, 2));
      if (parts.length === 0) return terminal.out("nothing but its wording is different from the version before");
      tellParts(terminal, parts);
    });
  verb(config, "save <file>", "check a file, put it in the place of the configuration, and keep it as a version")
    .option("--why <text>", "kept with it")
    .action(async (file: string, options: SaveOptions) => {
      tellSaving(terminal, options, await actions.saveConfig(placeOf(options), file, options.why));
    });
  verb(config, "back <n>", "an earlier version in the place of the configuration")
    .option("--why <text>", "kept with it")
    .action(async (n: string, options: SaveOptions) => {
      tellSaving(terminal, options, await actions.backToConfig(placeOf(options), number(n), options.why));
    });
}

async function list(actions: Actions, terminal: Terminal, options: VersionsOptions): Promise<void> {
  const versions = await actions.configVersions(placeOf(options));
  if (options.json) return terminal.out(JSON.stringify(versions, undefined, 2));
  if (versions.length === 0) return terminal.out("no configuration was started or saved on this data folder yet");
  terminal.out(table([["N", "WHEN", "WHO", "LAST STARTED", "LEFT OUT", "WHY"], ...versions.map(row)]));
}

function row({ n, at, who, startedAt, leftOut, why }: ConfigVersion): readonly string[] {
  const started = startedAt === undefined ? "not yet" : new Date(startedAt).toISOString();
  return [String(n), new Date(at).toISOString(), who, started, leftOut === 0 ? "-" : `${leftOut} secrets`, why ?? "-"];
}

export function tellSaving(terminal: Terminal, { config }: Place, saving: Saving): void {
  if (!saving.ok) {
    for (const { message } of saving.problems) terminal.err(message);
    terminal.err(`plancia: ${config} was left as it is`);
    throw new Found();
  }
  const { n, before } = saving.saved;
  if (before !== undefined) terminal.out(`what lay there is kept in ${before}`);
  terminal.out(
    n === undefined
      ? `${config} says that already`
      : `${config} is version ${n} now; it takes effect at the next start of the gateway`,
  );
}

function number(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is the number of a version, such as 3.");
}

async function* one(text: string): AsyncGenerator<string> {
  yield text;
}
