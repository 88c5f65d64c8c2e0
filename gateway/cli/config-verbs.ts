import type { Command } from "commander";
import { PlanciaError } from "../core/errors.ts";
import type { Actions, Place, Terminal } from "./actions.ts";
import type { WaitingControl } from "./config-actions.ts";
import { tellParts } from "./config-parts.ts";
import { addVersions } from "./config-version-verbs.ts";
import { addTags } from "./sheet-verbs.ts";
import { table } from "./tables.ts";
import { Found, placeOf, verb } from "./verb.ts";

/** What changed of the configuration; and R9: what of it widens control, accepted on the box. */
export function addConfig(program: Command, actions: Actions, terminal: Terminal): void {
  const config = program.command("config").description("changes of the configuration, and those that widen control");
  addDiff(config, actions, terminal);
  addVersions(config, actions, terminal);
  addTags(config, actions, terminal);
  addShow(config, actions, terminal);
  addAccept(config, actions, terminal);
}

interface DiffOptions extends Place {
  readonly against?: string;
  readonly json?: boolean;
}

function addDiff(config: Command, actions: Actions, terminal: Terminal): void {
  verb(config, "diff [file]", "what a file would change, thing by thing, of what the gateway last started with")
    .option("--against <file>", "compared with another file instead")
    .option("--json", "as JSON")
    .action(async (file: string | undefined, options: DiffOptions) => {
      const found = await actions.configDifference(placeOf(options), file, options.against);
      if (options.json) terminal.out(JSON.stringify(found, undefined, 2));
      if (!found.ok) {
        if (!options.json) for (const { message } of found.problems) terminal.err(message);
        throw new Found();
      }
      if (options.json) return;
      if (found.parts.length === 0) return terminal.out(`no difference from ${found.against}`);
      tellParts(terminal, found.parts);
      terminal.out(`${found.parts.length} different from ${found.against}`);
    });
}

function addShow(config: Command, actions: Actions, terminal: Terminal): void {
  verb(config, "show", "what waits to be accepted, from what to what")
    .option("--json", "as JSON")
    .action(async (options: Place & { json?: boolean }) => {
      const { items, first } = await actions.waitingControl(placeOf(options));
      if (options.json) return terminal.out(JSON.stringify({ items, first }, undefined, 2));
      if (items.length === 0) return terminal.out(nothingWaits(first));
      for (const item of items) show(terminal, item);
      terminal.out("accept it on this computer with: plancia config accept [EQUIPMENT]");
    });
}

interface AcceptOptions extends Place {
  readonly yes?: boolean;
}

function addAccept(config: Command, actions: Actions, terminal: Terminal): void {
  verb(config, "accept [equipment]", "show what waits, then accept it, machine by machine")
    .option("--yes", "accept what is shown without asking")
    .action(async (equipment: string | undefined, options: AcceptOptions) => {
      const { items, first } = await actions.waitingControl(placeOf(options));
      const asked = items.filter((item) => equipment === undefined || item.equipment === equipment);
      if (asked.length === 0) {
        if (equipment === undefined || first) return terminal.out(nothingWaits(first));
        throw new PlanciaError(
          "request/not-found",
          `nothing of ${equipment} waits; plancia config show lists what does`,
        );
      }
      const left: string[] = [];
      for (const item of asked) {
        show(terminal, item);
        if (!(await accept(actions, terminal, options, item))) left.push(item.equipment);
      }
      if (left.length === 0) return;
      terminal.err(`plancia: still waits: ${left.join(", ")}`);
      throw new Found();
    });
}

/** False: it was not accepted, and why was said. */
async function accept(
  actions: Actions,
  terminal: Terminal,
  options: AcceptOptions,
  { equipment, digest, now }: WaitingControl,
): Promise<boolean> {
  if (!now.allowed) return false;
  if (!options.yes) {
    const typed = await terminal.ask(`Type ${equipment} to accept this: `);
    if (typed === undefined) {
      throw new PlanciaError("request/invalid", "no terminal to ask; --yes accepts what is shown");
    }
    if (typed.trim() !== equipment) return false;
  }
  await actions.acceptControl(placeOf(options), equipment, digest);
  terminal.out(`accepted: ${equipment}`);
  return true;
}

function nothingWaits(first: boolean): string {
  return first
    ? "nothing was accepted on this data folder yet: the first start takes the configuration as it stands"
    : "nothing waits to be accepted";
}

function show(terminal: Terminal, { equipment, name, whole, changes, now }: WaitingControl): void {
  const scope = whole ? "no command but stop until it is accepted" : "only what is listed waits";
  terminal.out(table([[`${equipment} (${name.en}): ${scope}`]]));
  const rows = changes.map(({ target, label, from, to }) => [target, label.en, from.en, to.en]);
  terminal.out(table([["TARGET", "WHAT", "ACCEPTED", "CONFIGURED"], ...rows]));
  if (now.say) terminal.err(`${now.allowed ? "note" : "plancia"}: ${now.say.en}`);
  terminal.out("");
}
