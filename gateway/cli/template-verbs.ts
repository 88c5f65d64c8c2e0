import { type Command, InvalidArgumentError } from "commander";
import type { Actions, Place, Terminal } from "./actions.ts";
import { table } from "./tables.ts";
import type { RenderAsked } from "./template-actions.ts";
import { Found, placeOf, verb } from "./verb.ts";

/** Kinds of machines: which there are, what they ask for, and what becomes of one. */
export function addTemplates(program: Command, actions: Actions, terminal: Terminal): void {
  const template = program.command("template").description("kinds of machines, each described once");
  addList(template, actions, terminal);
  addShow(template, actions, terminal);
  addRender(template, actions, terminal);
}

function addList(template: Command, actions: Actions, terminal: Terminal): void {
  verb(template, "list", "the templates beside the configuration, and those that are shipped")
    .option("--json", "as JSON")
    .action(async (options: Place & { json?: boolean }) => {
      const entries = await actions.templates(placeOf(options));
      if (options.json) return terminal.out(JSON.stringify(entries, undefined, 2));
      const rows = entries.map(({ name, from, title, parameters }) => [
        name,
        from,
        String(parameters),
        title?.en ?? "(not valid)",
      ]);
      terminal.out(table([["NAME", "FROM", "PARAMETERS", "WHAT"], ...rows]));
      for (const problem of entries.flatMap(({ problems }) => problems)) terminal.err(problem);
      if (entries.some(({ problems }) => problems.length > 0)) throw new Found();
    });
}

function addShow(template: Command, actions: Actions, terminal: Terminal): void {
  verb(template, "show <name>", "what a template asks for, and what a machine of it has")
    .option("--json", "as JSON")
    .action(async (name: string, options: Place & { json?: boolean }) => {
      const shown = await actions.template(placeOf(options), name);
      if (options.json) return terminal.out(JSON.stringify(shown, undefined, 2));
      terminal.out(table([[`${shown.name}: ${shown.title.en} (${shown.file})`]]));
      if (shown.description) terminal.out(table([[shown.description.en]]));
      const rows = shown.parameters.map((each) => [
        each.name,
        each.type,
        each.default ?? (each.needed ? "needed" : "may be left out"),
        each.description.en,
      ]);
      terminal.out(table([["PARAMETER", "TYPE", "DEFAULT", "WHAT"], ...rows]));
      for (const [what, names] of [
        ["devices", shown.devices],
        ["tags", shown.tags],
        ["commands", shown.commands],
      ] as const)
        if (names.length > 0) terminal.out(table([[`${what}: ${names.join(", ")}`]]));
    });
}

interface RenderOptions extends Place {
  readonly id: string;
  readonly with?: ReadonlyMap<string, string>;
  readonly equipment?: string;
}

function addRender(template: Command, actions: Actions, terminal: Terminal): void {
  verb(
    template,
    "render [name]",
    "devices and machine as plain YAML: of a template, or of a machine of the configuration",
  )
    .option("--id <id>", "the machine's id", "example")
    .option("--with <name=value>", "a parameter; may be repeated", assignment)
    .option("--equipment <id>", "a machine that the configuration makes")
    .action(async (name: string | undefined, options: RenderOptions, command: Command) => {
      const asked = askedOf(name, options);
      if (!asked) return command.error("render takes the name of a template, or --equipment and a machine");
      const rendered = await actions.renderTemplate(placeOf(options), asked);
      if (rendered.ok) return terminal.pour(one(rendered.yaml));
      for (const { message } of rendered.problems) terminal.err(message);
      throw new Found();
    });
}

function askedOf(name: string | undefined, options: RenderOptions): RenderAsked | undefined {
  if ((name === undefined) === (options.equipment === undefined)) return undefined;
  if (options.equipment !== undefined) return { equipment: options.equipment };
  return name === undefined ? undefined : { template: name, id: options.id, given: options.with ?? new Map() };
}

function assignment(text: string, before: ReadonlyMap<string, string> | undefined): ReadonlyMap<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("It is a parameter and its value, such as host=192.0.2.10.");
  return new Map([...(before ?? []), [text.slice(0, equals), text.slice(equals + 1)]]);
}

async function* one(text: string): AsyncGenerator<string> {
  yield text;
}
