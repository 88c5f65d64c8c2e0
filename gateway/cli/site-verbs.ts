import { type Command, InvalidArgumentError, Option } from "commander";
import type { Actions, Place, Terminal } from "./actions.ts";
import { secretFrom } from "./secret.ts";
import type { Island } from "./site-actions.ts";
import { table } from "./tables.ts";
import { placeOf, verb } from "./verb.ts";

type Listing = Place & { readonly json?: boolean };

/** What the people at the site set: cut remote control off, lock a machine out, put a kiosk beside it. */
export function addSite(program: Command, actions: Actions, terminal: Terminal): void {
  addIsland(program, actions, terminal);
  addLockOuts(program, actions, terminal);
  addKiosks(program, actions, terminal);
}

function addIsland(program: Command, actions: Actions, terminal: Terminal): void {
  const island = program.command("island").description("remote control cut off; production and viewing go on");
  verb(island, "on [equipment]", "cut remote control off, of one machine or of the whole site").action(
    async (equipment: string | undefined, options: Place) => {
      await actions.islandOn(placeOf(options), equipment);
      terminal.out(`island on: remote control of ${equipment ?? "the whole site"} is cut off`);
    },
  );
  verb(island, "off [equipment]", "allow remote control again, where this switch alone had cut it off").action(
    async (equipment: string | undefined, options: Place) => {
      const left = await actions.islandOff(placeOf(options), equipment);
      terminal.out(`island off: ${equipment ?? "the whole site"}`);
      if (left.length > 0) terminal.out(`still cut off: ${left.map(nameOf).join(", ")}`);
    },
  );
  verb(island, "list", "what is cut off, by whom and since when")
    .option("--json", "as JSON")
    .action(async (options: Listing) => {
      const islands = await actions.islands(placeOf(options));
      const rows = islands.map((each) => [nameOf(each), each.who, timeOf(each.since)]);
      list(terminal, options, islands, [["CUT OFF", "BY", "SINCE"], ...rows]);
    });
}

interface LockOutOptions extends Place {
  readonly person: string;
  readonly reason?: string;
}

function addLockOuts(program: Command, actions: Actions, terminal: Terminal): void {
  const lockOut = program.command("lock-out").description("personal locks on machines; no remote person lifts one");
  const person = (what: string) => new Option("--person <name>", what).makeOptionMandatory();
  verb(lockOut, "add <equipment>", "lock a machine out for somebody who works on it")
    .addOption(person("whose lock it is"))
    .option("--reason <text>", "shown to everybody who looks at the machine")
    .action(async (equipment: string, options: LockOutOptions) => {
      const input = { equipment, person: options.person, reason: options.reason };
      const { id, person: owner } = await actions.addLockOut(placeOf(options), input);
      terminal.out(`locked out: ${equipment}, by ${owner}`);
      terminal.out(`lift it with: plancia lock-out remove ${id} --person ${quoted(owner)}`);
    });
  verb(lockOut, "list", "who has locked out what")
    .option("--json", "as JSON")
    .action(async (options: Listing) => {
      const found = await actions.lockOuts(placeOf(options));
      const rows = found.map(({ id, equipment, person: owner, since, reason }) => [
        ...[id, equipment, owner, timeOf(since), reason ?? ""],
      ]);
      list(terminal, options, found, [["ID", "EQUIPMENT", "PERSON", "SINCE", "REASON"], ...rows]);
    });
  verb(lockOut, "remove <id>", "lift a lock")
    .addOption(person("whose lock it is, so that no other is lifted by a slip"))
    .action(async (id: string, options: LockOutOptions) => {
      const { equipment, person: owner } = await actions.removeLockOut(placeOf(options), id, options.person);
      terminal.out(`lifted: the lock of ${owner} on ${equipment}`);
    });
}

interface KioskOptions extends Place {
  readonly name: string;
  readonly url?: string;
}

function addKiosks(program: Command, actions: Actions, terminal: Terminal): void {
  const kiosk = program.command("kiosk").description("the devices at the machines");
  verb(kiosk, "add <equipment>", "a device for one machine; prints the link that enrols it, once")
    .addOption(new Option("--name <name>", "what the audit calls it").makeOptionMandatory())
    .addOption(new Option("--url <address>", "how the device reaches the gateway").argParser(httpAddress))
    .action(async (equipment: string, options: KioskOptions) => {
      const { name, url } = options;
      const { kiosk: added, link } = await actions.addKiosk(placeOf(options), { equipment, name, url });
      terminal.out(`added kiosk ${added.name} (${added.id}) at ${equipment}`);
      terminal.out("Open this on the device at the machine (single use, 15 minutes):");
      terminal.out(link);
    });
  verb(kiosk, "list", "all of them")
    .option("--json", "as JSON")
    .action(async (options: Listing) => {
      const found = await actions.kiosks(placeOf(options));
      const rows = found.map(({ id, name, equipment, createdAt, enrolledAt }) => [
        ...[id, name, equipment, timeOf(createdAt), enrolledAt === undefined ? "not yet" : timeOf(enrolledAt)],
      ]);
      list(terminal, options, found, [["ID", "NAME", "EQUIPMENT", "ADDED", "ENROLLED"], ...rows]);
    });
  verb(kiosk, "remove <id>", "end a device's access at once").action(async (id: string, options: Place) => {
    const { name, equipment } = await actions.removeKiosk(placeOf(options), id);
    terminal.out(`removed kiosk ${name} at ${equipment}`);
  });
}

/** `plancia user pin`, beside the other verbs about people. */
export function addPin(user: Command, actions: Actions, terminal: Terminal): void {
  verb(user, "pin <name>", "set the PIN (6 to 12 digits) that somebody types at the kiosk of a machine")
    .option("--pin-stdin", "read the PIN from standard input")
    .action(async (name: string, options: Place & { readonly pinStdin?: boolean }) => {
      const pin = await secretFrom(terminal, "PIN", options.pinStdin ? "stdin" : "terminal");
      await actions.setPin(placeOf(options), name, pin);
      terminal.out(`PIN of ${name} changed`);
    });
}

function list(terminal: Terminal, { json }: Listing, found: unknown, rows: readonly (readonly string[])[]): void {
  terminal.out(json ? JSON.stringify(found, undefined, 2) : table(rows));
}

function nameOf({ equipment }: Island): string {
  return equipment === "*" ? "the whole site" : equipment;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w.@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function httpAddress(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('It is an address such as "http://192.168.1.20:8080".');
}
