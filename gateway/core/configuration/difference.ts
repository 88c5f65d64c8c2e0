import { type ConfigChange, configChanges, flatValues } from "../audit/config-diff.ts";
import type { Text } from "../text.ts";
import { sayPart } from "./words.ts";

export type PartKind = "setting" | "device" | "equipment" | "tag" | "command";
export type PartFate = "added" | "removed" | "changed" | "renamed";

/** One thing of the configuration that is not as it was. */
export interface PartDifference {
  readonly part: PartKind;
  /** `server`, a device, a machine, `press/speed` or `press:start`. */
  readonly name: string;
  readonly fate: PartFate;
  /** Of a renamed tag: what it was called. Its history goes on under the new name. */
  readonly formerly?: string;
  /** By path within the thing, the first 200; of an added or removed machine without its tags and commands. */
  readonly values: Readonly<Record<string, ConfigChange>>;
  /** All of `values`, also where they are cut. */
  readonly total: number;
  /** Of an added or removed machine: how many of them. */
  readonly within?: { readonly tags: number; readonly commands: number };
  readonly say: Text;
}

type Group = Readonly<Record<string, unknown>>;

const mostValues = 200;
const settings = ["gateway", "site", "server", "security", "historian", "drivers"] as const;

/**
 * What is different between two configurations as they are compared: by id, durations in milliseconds,
 * without secrets. Settings first, then devices, then machine by machine itself, its tags, its commands;
 * each by name. The order of things in the file is no difference.
 */
export function configurationDifference(before: unknown, after: unknown): readonly PartDifference[] {
  const [was, is] = [groupOf(before), groupOf(after)];
  const parts = settings.flatMap((name) => difference("setting", name, named(name, was[name]), named(name, is[name])));
  const devices = differences("device", "", groupOf(was["devices"]), groupOf(is["devices"]));
  const [machines, now] = [groupOf(was["equipment"]), groupOf(is["equipment"])];
  const renamed = renamedTags(machines, now);
  const equipment = namesOf(machines, now).flatMap((id) => machineDifferences(id, machines[id], now[id], renamed));
  return [...parts, ...devices, ...equipment];
}

/** New name → what was there under the former one; only where that is gone. */
interface Renamed {
  readonly byNew: ReadonlyMap<string, { readonly formerly: string; readonly was: unknown }>;
  readonly old: ReadonlySet<string>;
}

function renamedTags(before: Group, after: Group): Renamed {
  const [was, is] = [tagsByName(before), tagsByName(after)];
  const byNew = new Map<string, { formerly: string; was: unknown }>();
  for (const [name, tag] of is) {
    if (was.has(name)) continue;
    const formerly = listOf(groupOf(tag)["formerly"]).find((each) => was.has(each) && !is.has(each));
    if (formerly !== undefined) byNew.set(name, { formerly, was: was.get(formerly) });
  }
  return { byNew, old: new Set([...byNew.values()].map(({ formerly }) => formerly)) };
}

function tagsByName(equipment: Group): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(equipment).flatMap(([id, machine]) =>
      Object.entries(groupOf(groupOf(machine)["tags"])).map(([tag, value]) => [`${id}/${tag}`, value] as const),
    ),
  );
}

function machineDifferences(id: string, was: unknown, is: unknown, renamed: Renamed): readonly PartDifference[] {
  const { tags: oldTags, commands: oldCommands, ...before } = groupOf(was);
  const { tags, commands, ...after } = groupOf(is);
  const tagParts = tagDifferences(id, groupOf(oldTags), groupOf(tags), renamed);
  if (was === undefined || is === undefined) {
    const [inner, calls] = was === undefined ? [tags, commands] : [oldTags, oldCommands];
    const within = { tags: Object.keys(groupOf(inner)).length, commands: Object.keys(groupOf(calls)).length };
    const fate = was === undefined ? "added" : "removed";
    const renames = tagParts.filter((part) => part.fate === "renamed");
    return [{ ...partOf("equipment", id, fate, before, after), within }, ...renames];
  }
  return [
    ...changed("equipment", id, before, after),
    ...tagParts,
    ...differences("command", `${id}:`, groupOf(oldCommands), groupOf(commands)),
  ];
}

function tagDifferences(machine: string, was: Group, is: Group, renamed: Renamed): readonly PartDifference[] {
  return namesOf(was, is).flatMap((id) => {
    const name = `${machine}/${id}`;
    const from = renamed.byNew.get(name);
    if (from) {
      return [{ ...partOf("tag", name, "renamed", from.was, is[id]), ...sayRenamed(name, from.formerly) }];
    }
    return renamed.old.has(name) && is[id] === undefined ? [] : difference("tag", name, was[id], is[id]);
  });
}

function sayRenamed(name: string, formerly: string): Pick<PartDifference, "formerly" | "say"> {
  return { formerly, say: sayPart("tag", name, "renamed", formerly) };
}

function differences(part: PartKind, prefix: string, was: Group, is: Group): readonly PartDifference[] {
  return namesOf(was, is).flatMap((name) => difference(part, `${prefix}${name}`, was[name], is[name]));
}

function difference(part: PartKind, name: string, was: unknown, is: unknown): readonly PartDifference[] {
  if (was === undefined) return is === undefined ? [] : [partOf(part, name, "added", {}, is)];
  if (is === undefined) return [partOf(part, name, "removed", was, {})];
  return changed(part, name, was, is);
}

function changed(part: PartKind, name: string, was: unknown, is: unknown): readonly PartDifference[] {
  const found = partOf(part, name, "changed", was, is);
  return found.total === 0 ? [] : [found];
}

function partOf(part: PartKind, name: string, fate: PartFate, was: unknown, is: unknown): PartDifference {
  // What is not said is no news of a thing that came or went.
  const [from, to] = fate === "changed" || fate === "renamed" ? [was, is] : [said(was), said(is)];
  const { changes, total } = configChanges(from ?? {}, to ?? {}, mostValues);
  return { part, name, fate, values: changes, total, say: sayPart(part, name, fate) };
}

function said(value: unknown): Group {
  return Object.fromEntries([...flatValues(value ?? {})].filter(([, each]) => each !== null));
}

/** `gateway` is one text, not a group. */
function named(name: string, value: unknown): unknown {
  return typeof value === "object" || value === undefined ? value : { [name]: value };
}

function namesOf(was: Group, is: Group): readonly string[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
}

function groupOf(value: unknown): Group {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Group) : {};
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}
