import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type Role, roles } from "../core/access/policy.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Actions, Place, Start, Terminal } from "./actions.ts";
import { addAudit } from "./audit-verbs.ts";
import { addConfig } from "./config-verbs.ts";
import { addData } from "./data-verbs.ts";
import { addDevices } from "./device-verbs.ts";
import { secretFrom, secretToSeal } from "./secret.ts";
import { addImport } from "./sheet-verbs.ts";
import { addPin, addSite } from "./site-verbs.ts";
import { personRows, table } from "./tables.ts";
import { addTemplates } from "./template-verbs.ts";
import { collect, Found, oneLine, placeOf, verb } from "./verb.ts";

/** 0 done, 1 the input or state is wrong, 2 the call is wrong (CONTRACT). */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs one command line (`argv` without `node` and the script) and gives its exit code. Never
 * throws; errors end as one line on stderr.
 */
export async function runProgram(argv: readonly string[], actions: Actions, terminal: Terminal): Promise<ExitCode> {
  try {
    await createProgram(actions, terminal).parseAsync([...argv], { from: "user" });
    return 0;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function exitCodeOf(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Found) return 1;
  if (error instanceof PlanciaError) terminal.err(`plancia: ${oneLine(error.message)}`);
  else terminal.err(`plancia: internal error: ${oneLine(error instanceof Error ? error.message : String(error))}`);
  return 1;
}

export function createProgram(actions: Actions, terminal: Terminal): Command {
  const program = new Command("plancia")
    .description("Edge gateway for industrial smart working.")
    .version(actions.version, "-V, --version")
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text, write) => write(callError(text)),
    });
  addStarts(program, actions);
  addCheck(program, actions, terminal);
  addUsers(program, actions, terminal);
  addAudit(program, actions, terminal);
  addSite(program, actions, terminal);
  addConfig(program, actions, terminal);
  addTemplates(program, actions, terminal);
  addImport(program, actions, terminal);
  addDevices(program, actions, terminal);
  addData(program, actions, terminal);
  verb(program, "key <file>", "make a new key file, to be kept outside of the data folder").action(
    async (file: string) => {
      await actions.makeKey(file);
      terminal.out(`${file}: a new key, for --key-file or PLANCIA_KEY_FILE. Keep a copy apart from the backups.`);
    },
  );
  addSeal(program, actions, terminal);
  addTokenKey(program, actions, terminal);
  verb(program, "generate", "write the JSON Schema and the reference page of the configuration anew").action(
    async () => {
      for (const file of await actions.generate()) terminal.out(file);
    },
  );
  return program;
}

function addSeal(program: Command, actions: Actions, terminal: Terminal): void {
  verb(program, "seal", "seal a secret for the configuration, asked for or from standard input")
    // What was meant as a secret is not repeated, as an error of commander would.
    .allowExcessArguments(true)
    .allowUnknownOption(true)
    .action(async (options: Place, command: Command) => {
      if (command.args.length > 0)
        command.error("seal takes --data, --key-file and --config alone: a secret is asked for, and no argument");
      const secret = await secretToSeal(terminal);
      terminal.out(await actions.seal(placeOf(options), secret));
    });
}

function addTokenKey(program: Command, actions: Actions, terminal: Terminal): void {
  verb(
    program,
    "rotate-token-key",
    "sign access tokens with a new key; those of the key before stay good until they end",
  ).action(async (options: Place) => {
    await actions.rotateTokenKey(placeOf(options));
    terminal.out("a new key signs access tokens within ten seconds; the one before verifies its last ones");
  });
}

function callError(text: string): string {
  return `plancia: ${oneLine(text.trim()).replace(/^error: /, "")}; plancia --help shows what there is`;
}

function addStarts(program: Command, actions: Actions): void {
  const listen = () => new Option("--listen <host:port>", "instead of what the configuration says").argParser(address);
  verb(program, "run", "the gateway; one per data folder")
    .addOption(listen())
    .action((options: Start) => actions.run(startOf(options)));
  verb(program, "demo", "simulated machines and the gateway on them")
    .addOption(listen())
    .action((options: Start) => actions.demo(startOf(options)));
  verb(program, "simulate [file]", "simulated machines alone").action((file: string | undefined, options: Place) =>
    actions.simulate(file, placeOf(options)),
  );
}

function address(text: string): string {
  if (/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/.test(text) && Number(text.split(":").at(-1)) <= 65_535) return text;
  throw new InvalidArgumentError('It is an address and a port, such as "127.0.0.1:8080".');
}

function addCheck(program: Command, actions: Actions, terminal: Terminal): void {
  verb(program, "check [file]", "validate a configuration: every problem with line and column")
    .option("--json", "problems and warnings as JSON")
    .action(async (file: string | undefined, options: Place & { json?: boolean }) => {
      const path = file ?? options.config;
      const { problems, warnings, summary } = await actions.check(path, placeOf(options));
      if (options.json) terminal.out(JSON.stringify({ problems, warnings }, undefined, 2));
      else {
        for (const { message } of problems) terminal.err(message);
        for (const { message } of warnings) terminal.err(`warning: ${message}`);
        if (problems.length === 0) terminal.out(`${path}: valid, ${summary}`);
      }
      if (problems.length > 0) throw new Found();
    });
}

interface AddOptions extends Place {
  readonly role: Role;
  readonly equipment?: readonly string[];
  readonly organisation?: string;
  readonly language: "it" | "en";
  readonly passwordStdin?: boolean;
}

function addUsers(program: Command, actions: Actions, terminal: Terminal): void {
  const user = program.command("user").description("people, whether the gateway runs or not");
  verb(user, "add <name>", "add a person")
    .addOption(new Option("--role <role>", "what they may do").choices(roles).makeOptionMandatory())
    .addOption(new Option("--equipment <pattern>", "machines, * for any text; may be repeated").argParser(collect))
    .option("--organisation <id>", "where they belong")
    .addOption(new Option("--language <code>", "language of their screens").choices(["it", "en"]).default("en"))
    .option("--password-stdin", "read the password from standard input")
    .action(async (name: string, options: AddOptions) => {
      const password = await passwordFrom(options, terminal);
      // A guest's machines come from bookings; staff see all of them unless told otherwise.
      const equipment = options.equipment ?? (options.role === "guest" ? [] : ["*"]);
      const { role, organisation, language } = options;
      await actions.addUser(placeOf(options), { name, role, equipment, organisation, language, password });
      terminal.out(`added ${name} (${role})`);
    });
  verb(user, "list", "everybody")
    .option("--json", "as JSON")
    .action(async (options: Place & { json?: boolean }) => {
      const people = await actions.listUsers(placeOf(options));
      terminal.out(options.json ? JSON.stringify(people, undefined, 2) : table(personRows(people)));
    });
  verb(user, "disable <name>", "end someone's access at once").action(async (name: string, options: Place) => {
    await actions.disableUser(placeOf(options), name);
    terminal.out(`disabled ${name}`);
  });
  verb(user, "password <name>", "set a new password; ends all sign-ins and API tokens of that person")
    .option("--password-stdin", "read the password from standard input")
    .action(async (name: string, options: Place & { passwordStdin?: boolean }) => {
      await actions.setPassword(placeOf(options), name, await passwordFrom(options, terminal));
      terminal.out(`password of ${name} changed`);
    });
  verb(
    user,
    "reset-factor <name>",
    "take a lost second factor away; ends all sign-ins and API tokens of that person",
  ).action(async (name: string, options: Place) => {
    await actions.resetFactor(placeOf(options), name);
    terminal.out(`second factor of ${name} taken away; the next sign-in sets up another`);
  });
  addPin(user, actions, terminal);
}

function passwordFrom(options: { passwordStdin?: boolean }, terminal: Terminal): Promise<string> {
  return secretFrom(terminal, "Password", options.passwordStdin ? "stdin" : "terminal");
}

function startOf({ listen, ...place }: Start): Start {
  return { ...placeOf(place), listen };
}
