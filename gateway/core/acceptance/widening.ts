import type { Text } from "../text.ts";
import { type Rule, rules } from "./rules.ts";
import {
  type ControlSheet,
  commandsAnything,
  emptySheet,
  type Group,
  groups,
  type Plain,
  type Said,
  samePlain,
} from "./sheet.ts";
import { shortened, shortenedPair } from "./shortened.ts";
import { saidOf, sayPlain } from "./words.ts";

/** One difference between two control sheets of a machine. */
export interface ControlChange {
  /** `press`, `press/speed` or `press:start`; a device by its id. */
  readonly target: string;
  /** What about it, as the configuration calls it. */
  readonly key: string;
  readonly label: Text;
  readonly from: Text;
  readonly to: Text;
  readonly widens: boolean;
  /** Whether the whole machine waits with it. */
  readonly whole: boolean;
}

/** Changes of a tag or command stand for themselves; all others concern whatever the machine does. */
const own: ReadonlySet<Group> = new Set(["tags", "commands"]);

/**
 * Every difference between what was accepted and what is configured now, those that widen control
 * first. Nothing accepted: the machine is new.
 */
export function compareSheets(accepted: ControlSheet | undefined, now: ControlSheet): readonly ControlChange[] {
  const before = accepted ?? emptySheet(now.equipment);
  const changes = accepted ? machineChanges(before, now) : [];
  const within = groups.flatMap((group) => groupChanges(group, before, now));
  const all = [...(accepted || !commandsAnything(now) ? [] : [newMachine(now)]), ...changes, ...within];
  return [...all.filter((each) => each.widens), ...all.filter((each) => !each.widens)];
}

/** Only what waits to be accepted (R9). */
export function widening(accepted: ControlSheet | undefined, now: ControlSheet): readonly ControlChange[] {
  return compareSheets(accepted, now).filter((each) => each.widens);
}

/**
 * What holds as accepted once everything that narrows control has taken effect by itself, so that a
 * later return to the old words is a widening. Without anything that waits it says the same as `now`;
 * undefined: a new machine, which waits as a whole.
 */
export function narrowed(accepted: ControlSheet | undefined, now: ControlSheet): ControlSheet | undefined {
  if (widening(accepted, now).length === 0) return now;
  if (!accepted) return undefined;
  const before = accepted;
  return {
    equipment: now.equipment,
    machine: narrowedSaid(rules.machine, before.machine, now.machine),
    // What a condition that waits does without is kept: it is compared again should the condition return.
    devices: narrowedGroup("devices", before, now, "keep"),
    reads: narrowedGroup("reads", before, now, "keep"),
    tags: narrowedGroup("tags", before, now, "drop"),
    commands: narrowedGroup("commands", before, now, "drop"),
  };
}

function machineChanges(before: ControlSheet, now: ControlSheet): readonly ControlChange[] {
  return saidChanges(now.equipment, rules.machine, before.machine, now.machine).map((each) => ({
    ...each,
    whole: true,
  }));
}

function groupChanges(group: Group, before: ControlSheet, now: ControlSheet): readonly ControlChange[] {
  const names = new Set([...before[group].keys(), ...now[group].keys()]);
  return [...names].flatMap((name) => {
    const [was, is] = [before[group].get(name), now[group].get(name)];
    const target = targetOf(group, now.equipment, name);
    const whole = !own.has(group);
    if (was && is) return saidChanges(target, rules[group], was, is).map((each) => ({ ...each, whole }));
    // Devices and tags that are only read come and go with what needs them.
    return whole ? [] : [wholeThing(group, target, was, is)];
  });
}

function targetOf(group: Group, equipment: string, name: string): string {
  switch (group) {
    case "tags":
      return `${equipment}/${name}`;
    case "commands":
      return `${equipment}:${name}`;
    case "devices":
    case "reads":
      return name;
  }
}

function saidChanges(
  target: string,
  of: ReadonlyMap<string, Rule>,
  before: Said,
  now: Said,
): readonly Omit<ControlChange, "whole">[] {
  return keysOf(of, before, now)
    .filter((key) => !samePlain(before[key], now[key]))
    .map((key) => {
      const { label, say, loosened } = ruleOf(of, key);
      const [was, is] = [before[key], now[key]];
      const [from, to] = shortenedPair(say(was), say(is));
      return { target, key, label, from, to, widens: loosened(was, is) };
    });
}

/** In the order of the rules. */
function keysOf(of: ReadonlyMap<string, Rule>, before: Said, now: Said): readonly string[] {
  return [...new Set([...of.keys(), ...Object.keys(before), ...Object.keys(now)])];
}

function ruleOf(of: ReadonlyMap<string, Rule>, key: string): Rule {
  return of.get(key) ?? { label: { en: key, it: key }, loosened: () => true, say: sayPlain };
}

const absent: Text = { en: "–", it: "–" };

function wholeThing(group: Group, target: string, was: Said | undefined, is: Said | undefined): ControlChange {
  const tag = group === "tags";
  const key = tag ? "writable" : "command";
  const label = tag ? { en: "Writable", it: "Scrivibile" } : { en: "Command", it: "Comando" };
  return {
    target,
    key,
    label,
    from: summary(group, was),
    to: summary(group, is),
    widens: is !== undefined,
    whole: false,
  };
}

/** Enough to say yes or no to it. */
function summary(group: Group, said: Said | undefined): Text {
  if (said === undefined) return absent;
  const keys = group === "tags" ? ["class", "limits", "values", "source"] : ["class", "do", "arguments", "permit"];
  const shown = keys.filter((key) => said[key] !== undefined && !samePlain(said[key], []));
  const inLanguage = (language: "en" | "it") =>
    shown
      .map((key) => {
        const { label, say } = ruleOf(rules[group], key);
        return `${label[language]}: ${say(said[key])[language]}`;
      })
      .join(" · ");
  return shortened({ en: inLanguage("en"), it: inLanguage("it") });
}

function newMachine(now: ControlSheet): ControlChange {
  const counts = { tags: now.tags.size, commands: now.commands.size };
  return {
    target: now.equipment,
    key: "machine",
    label: { en: "New machine", it: "Macchina nuova" },
    from: absent,
    to: {
      en: `writable tags: ${counts.tags}, commands: ${counts.commands}`,
      it: `tag scrivibili: ${counts.tags}, comandi: ${counts.commands}`,
    },
    widens: true,
    whole: true,
  };
}

function narrowedSaid(of: ReadonlyMap<string, Rule>, before: Said, now: Said): Said {
  const kept = keysOf(of, before, now).map((key): readonly [string, Plain | undefined] => {
    const waits = !samePlain(before[key], now[key]) && ruleOf(of, key).loosened(before[key], now[key]);
    return [key, waits ? before[key] : now[key]];
  });
  return Object.fromEntries(kept);
}

function narrowedGroup(
  group: Group,
  before: ControlSheet,
  now: ControlSheet,
  gone: "keep" | "drop",
): ReadonlyMap<string, Said> {
  const kept = [...before[group]].flatMap(([name, was]): readonly (readonly [string, Said])[] => {
    const is = now[group].get(name);
    if (is) return [[name, narrowedSaid(rules[group], was, is)]];
    return gone === "keep" ? [[name, was]] : [];
  });
  const come = own.has(group) ? [] : [...now[group]].filter(([name]) => !before[group].has(name));
  return new Map([...kept, ...come]);
}

/** What must not be commanded while changes wait. */
export interface Waiting {
  readonly whole: boolean;
  /** `press/speed`, `press:start`. */
  readonly targets: ReadonlySet<string>;
}

/** A command waits with every tag that it writes. */
export function waitingOf(changes: readonly ControlChange[], now: ControlSheet): Waiting {
  const widens = changes.filter((each) => each.widens);
  const targets = new Set(widens.map((each) => each.target));
  for (const [id, { do: steps }] of now.commands) {
    const written = Array.isArray(steps) ? steps.map((step) => saidOf(step).write) : [];
    if (written.some((tag) => tag !== undefined && targets.has(`${now.equipment}/${tag}`)))
      targets.add(`${now.equipment}:${id}`);
  }
  return { whole: widens.some((each) => each.whole), targets };
}

/** What a command of the gateway's own would write or call. */
export interface OwnAct {
  /** `press:hold`. */
  readonly target: string;
  /** Full names of the tags that it writes. */
  readonly tags: readonly string[];
  readonly devices: readonly string[];
}

/** Of a command or a tag: what leaves for the device, and where to. */
const acts: ReadonlySet<string> = new Set(["do", "command", "source", "writable"]);

/**
 * R9, R15: whether what the gateway would do by itself is not what was accepted. That people may do more
 * than before with the same machine is no reason to leave it running when they are gone.
 */
export function actsOtherwise(changes: readonly ControlChange[], { target, tags, devices }: OwnAct): boolean {
  return changes.some((each) => {
    if (!each.widens) return false;
    // Where the key is another one, whether somebody at the machine has it is not known (R39).
    if (each.key === "machine" || each.key === "local" || devices.includes(each.target)) return true;
    return acts.has(each.key) && (each.target === target || tags.includes(each.target));
  });
}
