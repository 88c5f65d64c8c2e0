import { relative, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { PlanciaError } from "../core/errors.ts";
import { namedAggregates } from "../core/history/aggregate-names.ts";
import { type CalendarUnit, calendarUnits } from "../core/history/calendar.ts";
import { type BucketAggregate, bucketAggregates } from "../core/history-port.ts";
import { parseDuration } from "../kit/duration.ts";
import type { Actions, Place, Terminal } from "./actions.ts";
import type { DryRetention, ExportBuckets, RestoredData } from "./data-actions.ts";
import { parseInstant } from "./instant.ts";
import { table } from "./tables.ts";
import { collect, Found, placeOf, verb } from "./verb.ts";
import { assertMayWrite, writeWhole } from "./whole-file.ts";

/** What the gateway has recorded, and the data folder as a whole. */
export function addData(program: Command, actions: Actions, terminal: Terminal): void {
  addExport(program, actions, terminal);
  addHistory(program, actions, terminal);
  addBackup(program, actions, terminal);
  addRestore(program, actions, terminal);
  addDiagnostics(program, actions, terminal);
}

interface ExportOptions extends Place {
  readonly tags: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly format: "csv" | "parquet";
  readonly out?: string;
  readonly aggregate?: readonly BucketAggregate[];
  readonly interval?: number | CalendarUnit;
  readonly zone?: string;
  readonly state?: string;
}

function addExport(program: Command, actions: Actions, terminal: Terminal): void {
  const time = (name: string, what: string) =>
    new Option(`--${name} <time>`, `${what}: RFC 3339, or a day in UTC`).argParser(parseInstant).makeOptionMandatory();
  verb(program, "export", "recorded values, all of them or aggregates, tag after tag")
    .addOption(
      new Option("--tags <pattern>", 'tags, such as "press/*"; may be repeated')
        .argParser(collect)
        .makeOptionMandatory(),
    )
    .addOption(time("from", "from this time on"))
    .addOption(time("to", "up to this time, which is not part of it"))
    .addOption(new Option("--format <format>", "of the file").choices(["csv", "parquet"]).default("csv"))
    .addOption(
      new Option(
        "--aggregate <names>",
        `instead of every value, with commas between: ${bucketAggregates.join(", ")}`,
      ).argParser(parseAggregates),
    )
    .addOption(
      new Option(
        "--interval <time>",
        "of the aggregates: 10min, 1h, or hour, day, week, month of the calendar",
      ).argParser(parseInterval),
    )
    .option("--zone <name>", "of that calendar, such as Europe/Rome; the site's where it is not given")
    .option("--state <value>", "for durationInState; any value that is not zero where it is not given")
    .option("--out <file>", "instead of standard output; a file of that name is replaced")
    .action(async (options: ExportOptions) => {
      const { tags, from, to, format, out } = options;
      if (format === "parquet")
        throw new PlanciaError("request/invalid", "parquet is not part of this version; take --format csv");
      if (out !== undefined) assertMayWrite(out, "replace");
      const buckets = bucketsOf(options);
      const request = { patterns: tags, startMs: from, endMs: to, ...(buckets && { buckets }) };
      await actions.exportCsv(placeOf(options), request, async (chunks) => {
        if (out === undefined) return terminal.pour(chunks);
        const bytes = await writeWhole(out, chunks, "replace");
        terminal.err(`${out}: ${sizeText(bytes)}`);
      });
    });
}

function parseAggregates(text: string): readonly BucketAggregate[] {
  const names = namedAggregates(text);
  if (names) return names;
  throw new InvalidArgumentError(`Each once, with commas between: ${bucketAggregates.join(", ")}.`);
}

function parseInterval(text: string): number | CalendarUnit {
  const unit = calendarUnits.find((one) => one === text);
  if (unit) return unit;
  const intervalMs = parseDuration(text);
  if (intervalMs !== undefined && intervalMs >= 1) return intervalMs;
  throw new InvalidArgumentError('It is a duration, such as "10s", "15min" or "1h", or hour, day, week, month.');
}

function bucketsOf({ aggregate: aggregates, interval, zone, state }: ExportOptions): ExportBuckets | undefined {
  const refuse = (why: string): never => {
    throw new PlanciaError("request/invalid", why);
  };
  if (aggregates && interval === undefined) refuse("--aggregate needs --interval, such as --interval 1h");
  if (!aggregates && (interval !== undefined || zone !== undefined || state !== undefined))
    refuse("--interval, --zone and --state go with --aggregate");
  if (zone !== undefined && typeof interval === "number")
    refuse("--zone goes with --interval hour, day, week or month");
  if (!aggregates || interval === undefined) return undefined;
  return { aggregates, every: typeof interval === "number" ? interval : { unit: interval, zone }, state };
}

function addHistory(program: Command, actions: Actions, terminal: Terminal): void {
  const history = program.command("history").description("recorded values");
  verb(history, "verify", "check every page, number and checksum; exit code 1 and the damaged places if one is wrong")
    .option("--json", "as JSON")
    .action(async (options: Place & { json?: boolean }) => {
      const damage = await actions.verifyHistory(placeOf(options));
      if (options.json) terminal.out(JSON.stringify({ ok: damage.length === 0, damage }));
      else if (damage.length === 0) terminal.out("history: all of it holds");
      else for (const place of damage) terminal.err(`plancia: the history is damaged: ${place}`);
      if (damage.length > 0) throw new Found();
    });
  addRepair(history, actions, terminal);
  verb(history, "retention", "what the rules of the configuration would delete now; deletes nothing (dry run)")
    .option("--json", "as JSON")
    .action(async (options: Place & { json?: boolean }) => {
      const groups = await actions.dryRetention(placeOf(options));
      if (options.json) terminal.out(JSON.stringify({ groups: groups.map(dryJson) }));
      else terminal.out(table(dryRows(groups)));
    });
}

function dryJson({ oldestMs, ...group }: DryRetention) {
  return { ...group, oldest: oldestMs === undefined ? undefined : new Date(oldestMs).toISOString() };
}

function dryRows(groups: readonly DryRetention[]): readonly (readonly string[])[] {
  const part = ({ samples, bytes }: DryRetention["byAge"]) =>
    samples === 0 ? "nothing" : `${samples} (${sizeText(bytes)})`;
  const rows = groups.map(({ id, series, samples, bytes, oldestMs, byAge, bySize }) => [
    id ?? "(no group)",
    ...[series, samples].map(String),
    sizeText(bytes),
    oldestMs === undefined ? "" : new Date(oldestMs).toISOString(),
    ...(id === undefined ? ["never", "never"] : [part(byAge), part(bySize)]),
  ]);
  return [["GROUP", "TAGS", "SAMPLES", "PACKED", "OLDEST", "WOULD GO BY AGE", "WOULD GO BY SIZE"], ...rows];
}

function addRepair(history: Command, actions: Actions, terminal: Terminal): void {
  verb(history, "repair", "take out what is damaged and nothing else, while no gateway runs; says what, keep a backup")
    .option("--json", "as JSON")
    .action(async (options: Place & { json?: boolean }) => {
      const { done, left } = await actions.repairHistory(placeOf(options));
      if (options.json) terminal.out(JSON.stringify({ ok: left.length === 0, done, left }));
      else {
        for (const line of done) terminal.out(line);
        for (const place of left) terminal.err(`plancia: the history is still damaged: ${place}`);
        if (left.length === 0)
          terminal.out(
            done.length === 0 ? "history: all of it holds, nothing was changed" : "history: all of it holds now",
          );
      }
      if (left.length > 0) throw new Found();
    });
}

function addBackup(program: Command, actions: Actions, terminal: Terminal): void {
  verb(program, "backup <file>", "all of the data folder but the key file, and the configuration; while it runs too")
    .option("--force", "replace a file that is there")
    .action(async (file: string, options: Place & { force?: boolean }) => {
      const existing = options.force ? "replace" : "refuse";
      assertMayWrite(file, existing);
      const within = relative(resolve(options.data), resolve(file));
      if (within !== "" && !within.startsWith("..") && within !== resolve(file))
        throw new PlanciaError("request/invalid", "a backup inside of the data folder is none: give another place");
      await actions.backup(placeOf(options), async (chunks) => {
        const bytes = await writeWhole(file, chunks, existing);
        terminal.out(`${file}: ${sizeText(bytes)}. Keep it as you keep a key: it holds the people, the device`);
        terminal.out("certificates with their keys and the configuration. Restore it with: plancia restore FILE");
      });
    });
}

function addDiagnostics(program: Command, actions: Actions, terminal: Terminal): void {
  verb(
    program,
    "diagnostics <file>",
    "a JSON document for support: versions, configuration, counters, devices, log; no secrets",
  )
    .option("--force", "replace a file that is there")
    .action(async (file: string, options: Place & { force?: boolean }) => {
      const existing = options.force ? "replace" : "refuse";
      assertMayWrite(file, existing);
      await actions.diagnostics(placeOf(options), async (chunks) => {
        const bytes = await writeWhole(file, chunks, existing);
        terminal.out(
          `${file}: ${sizeText(bytes)}. Secrets are left out, names and addresses are not: read it before you send it.`,
        );
      });
    });
}

function addRestore(program: Command, actions: Actions, terminal: Terminal): void {
  verb(program, "restore <file>", "a backup into the data folder, while no gateway runs on it")
    .option("--force", "also into a folder that is not empty: what is there is moved aside within it")
    .action(async (file: string, options: Place & { force?: boolean }) => {
      const restored = await actions.restore(placeOf(options), file, options.force ? "any" : "empty");
      for (const line of restoredLines(restored, options)) terminal.out(line);
    });
}

const keyWords: Readonly<Record<RestoredData["key"], string>> = {
  new: "never in a backup; put your copy into keys/ before the next start, which makes a new one otherwise",
  own: "the one of this machine stays",
  given: "the one that is given from outside; second factors open if it is the one of before",
};

function* restoredLines(restored: RestoredData, { config, data }: Place): Generator<string> {
  const { gateway, createdAt, version, files, aside, configuration, beside } = restored;
  yield `restored into ${data}: ${files} files of gateway ${gateway}, as of ${createdAt} (version ${version})`;
  if (aside !== undefined) yield `what was there before: ${aside}; delete it when you no longer need it`;
  if (configuration?.state === "written") yield `configuration: ${configuration.file}`;
  if (configuration?.state === "differs")
    yield `configuration: ${config} is another one and was left as it is; that of the backup: ${configuration.file}`;
  for (const { path, file, state } of beside)
    yield state === "written"
      ? `beside the configuration: ${file}`
      : `beside the configuration: ${path} of the backup lies at ${file}; nothing was overwritten`;
  yield `key file: ${keyWords[restored.key]}. Everybody has to sign in again.`;
  yield "remote control of the whole site is cut off: look which locks hang on the machines (plancia lock-out list), then: plancia island off";
}

function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
