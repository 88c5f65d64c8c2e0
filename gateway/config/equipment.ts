import { argumentsName } from "../core/control/arguments.ts";
import type { Equipment, Tag } from "../core/plant.ts";
import { textOf } from "../core/text.ts";
import { readCommand, stopOf } from "./commands.ts";
import { isDerived, readDerived } from "./derived.ts";
import { placeAddress } from "./device.ts";
import { parsePart } from "./parse.ts";
import { References } from "./references.ts";
import type { Path } from "./report.ts";
import { EquipmentSchema } from "./schema/equipment.ts";
import { Id } from "./schema/scalars.ts";
import { readTag, type TagContext } from "./tag.ts";
import { conditionsOf, tagValue } from "./writable.ts";

/** A machine as far as it could be read, and which of its parts could not. */
export interface PlacedEquipment {
  readonly equipment: Equipment;
  /** Tags that are in the file but wrong: nobody is told that they do not exist. */
  readonly broken: ReadonlySet<string>;
  /** Keys that are in the file, right or wrong. */
  readonly declared: ReadonlySet<string>;
  readonly path: Path;
}

export function readEquipment(context: TagContext, id: string, value: unknown): PlacedEquipment {
  const path = ["equipment", id];
  if (id === argumentsName)
    context.parsing.report.keyProblem(path, "stands for a command's arguments in conditions; choose another id");
  const parsed = parsePart(context.parsing, EquipmentSchema, value, path) ?? salvage(value);
  const tags = new Map<string, Tag>();
  for (const [tagId, tagged] of Object.entries(parsed.tags)) {
    const machine = { id, formerly: parsed.formerly, record: parsed.record };
    const tag = isDerived(tagged)
      ? readDerived(context.parsing, machine, tagId, tagged)
      : readTag(context, machine, tagId, tagged);
    if (tag) tags.set(tagId, tag);
  }
  const broken = new Set(Object.keys(groupIn(value, "tags")).filter((tag) => !tags.has(tag)));
  const references = new References(context.parsing.report, tags, broken, path);
  const declared = new Set(Object.keys(typeof value === "object" && value !== null ? value : {}));
  return { path, broken, declared, equipment: assemble(context, references, id, parsed) };
}

/** What is right of a machine with mistakes, so that they hide no others. */
function salvage(value: unknown): EquipmentSchema {
  const kept = new Map<string, unknown>();
  for (const [key, schema] of Object.entries(EquipmentSchema.shape)) {
    const part = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
    if (key === "tags" || key === "commands") kept.set(key, rightlyNamed(groupIn(value, key)));
    else if (schema.safeParse(part).success) kept.set(key, part);
  }
  return EquipmentSchema.parse(Object.fromEntries(kept));
}

function groupIn(value: unknown, key: string): object {
  const group: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof group === "object" && group !== null && !Array.isArray(group) ? group : {};
}

function rightlyNamed(group: object): object {
  return Object.fromEntries(Object.entries(group).filter(([id]) => Id.safeParse(id).success));
}

function assemble(context: TagContext, references: References, id: string, parsed: EquipmentSchema): Equipment {
  const commands = Object.entries(parsed.commands).flatMap(
    ([name, value]) => readCommand(context, references, name, value) ?? [],
  );
  const tags = [...references.tags.values()];
  const significant = [...commands, ...tags.flatMap((tag) => tag.writable ?? [])].some(
    ({ class: c }) => c === "C2" || c === "C3",
  );
  for (const tag of tags) if (tag.setpoint) references.find(tag.setpoint, ["tags", tag.id, "setpoint"]);
  for (const [i, tag] of parsed.overview.entries()) references.find(tag, ["overview", i]);
  return {
    id,
    name: parsed.name ?? textOf(id.replaceAll("_", " ")),
    area: parsed.area,
    description: parsed.description,
    state: stateOf(references, parsed.state),
    mode: modeOf(references, parsed.mode),
    local: localOf(references, parsed.local),
    lease: parsed.lease ?? (significant ? "required" : "off"),
    onLossOfControl: parsed.onLossOfControl && {
      policy: parsed.onLossOfControl.policy,
      graceMs: parsed.onLossOfControl.grace,
      command: parsed.onLossOfControl.command,
    },
    stop: parsed.stop && stopOf(context, references, parsed.stop),
    commands,
    interlocks: conditionsOf(parsed.interlocks),
    permissives: conditionsOf(parsed.permissives),
    emergencyStop: emergencyStopOf(references, parsed.emergencyStop),
    phoneControl: parsed.phoneControl,
    unattended: parsed.unattended,
    areYouThere: parsed.areYouThere && { silentMs: parsed.areYouThere.after, askedMs: parsed.areYouThere.within },
    heartbeat: heartbeatOf(references, parsed.heartbeat),
    deviceLock: deviceLockOf(context, references, parsed.deviceLock),
    commissioning: parsed.commissioning && { signedBy: undefined, signedOn: undefined, ...parsed.commissioning },
    tags,
    highlights: parsed.overview,
    phone: parsed.phone,
    bookable: parsed.bookable,
  };
}

function stateOf(references: References, state: EquipmentSchema["state"]): Equipment["state"] {
  if (state === undefined) return undefined;
  if (Array.isArray(state)) return { cases: state };
  references.wholeNumber(state.tag, ["state", "tag"]);
  return state;
}

function modeOf(references: References, mode: EquipmentSchema["mode"]): Equipment["mode"] {
  if (mode) references.wholeNumber(mode.tag, ["mode", "tag"]);
  return mode;
}

function localOf(references: References, local: EquipmentSchema["local"]): Equipment["local"] {
  if (local === undefined || local === "none") return local;
  const tag = references.find(local.tag, ["local", "tag"]);
  const remote = tag
    ? tagValue(references.report, tag, local.remote, references.at(["local", "remote"]))
    : local.remote;
  return { tag: local.tag, remote };
}

function emergencyStopOf(references: References, chain: EquipmentSchema["emergencyStop"]): Equipment["emergencyStop"] {
  if (chain === undefined) return undefined;
  const tag = references.find(chain.tag, ["emergencyStop", "tag"]);
  if (tag?.writable) {
    references.report.problem(
      references.at(["emergencyStop", "tag"]),
      `${tag.id} can be written; the real chain is only ever read`,
    );
  }
  const closed = tag
    ? tagValue(references.report, tag, chain.closed, references.at(["emergencyStop", "closed"]))
    : chain.closed;
  return { tag: chain.tag, closed, reset: chain.reset };
}

function heartbeatOf(references: References, heartbeat: EquipmentSchema["heartbeat"]): Equipment["heartbeat"] {
  if (heartbeat === undefined) return undefined;
  const { gateway, operator, every } = heartbeat;
  if (gateway !== undefined) {
    references.wholeNumber(gateway, ["heartbeat", "gateway"]);
    references.systemTag(gateway, ["heartbeat", "gateway"]);
  }
  if (operator !== undefined) {
    const tag = references.systemTag(operator, ["heartbeat", "operator"]);
    if (tag && tag.type !== "boolean") {
      references.report.problem(
        references.at(["heartbeat", "operator"]),
        `${operator} is ${tag.type}, expected boolean`,
      );
    }
  }
  if (gateway === undefined && operator === undefined) {
    references.report.problem(references.at(["heartbeat"]), "names no tag: gateway, operator, or both");
  }
  return { gateway, operator, everyMs: every };
}

function deviceLockOf(
  context: TagContext,
  references: References,
  lock: EquipmentSchema["deviceLock"],
): Equipment["deviceLock"] {
  if (lock === undefined) return undefined;
  const address = placeAddress(context, lock.device, "lock", lock.address, references.at(["deviceLock"]));
  return address === undefined ? undefined : { device: lock.device, address };
}
