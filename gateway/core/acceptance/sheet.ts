import { canonicalJson } from "../audit/canonical.ts";

/** What JSON carries; 64-bit integers, NaN and ±Inf are text (see `toJson`). */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain | undefined };

/** What is said of one thing, by the key of its rule (`limits`, `interlocks`, …). What is not said is left out. */
export type Said = Readonly<Record<string, Plain | undefined>>;

/**
 * Everything of one machine's configuration that decides what can be done to it from afar, and nothing
 * else: names, units and history are not in it. It is stored as text and compared with a later one, so
 * it holds no handles, functions or secrets.
 */
export interface ControlSheet {
  readonly equipment: string;
  readonly machine: Said;
  /** Devices that its tags and methods are on, by id. */
  readonly devices: ReadonlyMap<string, Said>;
  /** Tags that its key, state, mode and conditions stand on, by full name. */
  readonly reads: ReadonlyMap<string, Said>;
  /** Writable tags by id. */
  readonly tags: ReadonlyMap<string, Said>;
  /** Declared commands by id. */
  readonly commands: ReadonlyMap<string, Said>;
}

/** The parts of a sheet that hold one thing a name. */
export const groups = ["devices", "reads", "tags", "commands"] as const;
export type Group = (typeof groups)[number];

/** The form of the text; another form cannot be compared. */
const version = 1;

/** One text for one content, what a digest is taken of. */
export function sheetText(sheet: ControlSheet): string {
  return canonicalJson({ version, ...sheet });
}

/** Whether anything can be done to the machine at all. */
export function commandsAnything(sheet: ControlSheet): boolean {
  return sheet.tags.size > 0 || sheet.commands.size > 0;
}

export function emptySheet(equipment: string): ControlSheet {
  return {
    equipment,
    machine: {},
    devices: new Map(),
    reads: new Map(),
    tags: new Map(),
    commands: new Map(),
  };
}

/** undefined: no sheet of this form. */
export function parseSheet(text: string): ControlSheet | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Whatever it is, it says nothing that could be relied on.
    return undefined;
  }
  if (!isObject(parsed) || parsed.version !== version || typeof parsed.equipment !== "string") return undefined;
  if (!isObject(parsed.machine)) return undefined;
  const found = groups.map((group) => mapOf(parsed[group]));
  const [devices, reads, tags, commands] = found;
  if (!devices || !reads || !tags || !commands) return undefined;
  return { equipment: parsed.equipment, machine: parsed.machine as Said, devices, reads, tags, commands };
}

function mapOf(group: unknown): ReadonlyMap<string, Said> | undefined {
  if (!isObject(group)) return undefined;
  const entries = Object.entries(group);
  return entries.every(([, said]) => isObject(said)) ? new Map(entries as [string, Said][]) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two sheets say the same. */
export function samePlain(a: Plain | undefined, b: Plain | undefined): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
