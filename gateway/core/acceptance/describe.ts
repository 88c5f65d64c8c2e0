import { madeFrom } from "../derived/roots.ts";
import type { ExpressionCompiler } from "../expression-port.ts";
import type {
  Approval,
  CommandArgument,
  CommandStep,
  Condition,
  DeclaredCommand,
  Device,
  Equipment,
  Feedback,
  Operand,
  Plant,
  StartPermit,
  Tag,
  Writable,
} from "../plant.ts";
import { engineeringType } from "../scaling.ts";
import { type DataType, toJson, type Value } from "../value.ts";
import { readNames } from "./reads.ts";
import type { ControlSheet, Plain, Said } from "./sheet.ts";

/** What the plant does not say itself. */
export interface SheetSources {
  /** Finds the tags that a condition reads. */
  readonly compile: ExpressionCompiler;
  /** What of a device's settings decides which machine is at the other end; no secrets. */
  connectionOf(device: Device): Plain;
}

/** The control sheet of every machine, by id. */
export function controlSheets(plant: Plant, sources: SheetSources): ReadonlyMap<string, ControlSheet> {
  const tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
  const types = new Map(plant.tags.map((tag) => [tag.name, engineeringType(tag)]));
  return new Map(
    plant.equipment.map((equipment) => [equipment.id, sheetOf(plant, equipment, sources, { tags, types })]),
  );
}

interface Names {
  readonly tags: ReadonlyMap<string, Tag>;
  readonly types: ReadonlyMap<string, DataType>;
}

function sheetOf(plant: Plant, equipment: Equipment, sources: SheetSources, names: Names): ControlSheet {
  const writable = equipment.tags.flatMap((tag) => (tag.writable ? [{ tag, writable: tag.writable }] : []));
  const named = readNames(equipment, sources.compile, names.types).flatMap((name) => names.tags.get(name) ?? []);
  // What a condition reads through a derived tag is read all the same: each expression on the way, and where that reads.
  const reads = [...new Set(named.flatMap((tag) => madeFrom(tag, names.tags)))];
  const touched = new Set([...writable.map(({ tag }) => tag.device), ...reads.map((tag) => tag.device)]);
  for (const id of calledDevices(equipment)) touched.add(id);
  return {
    equipment: equipment.id,
    machine: machineOf(plant, equipment),
    devices: new Map(
      plant.devices
        .filter((device) => touched.has(device.id))
        .map((device) => [
          device.id,
          { connection: { driver: device.driver, settings: sources.connectionOf(device) } },
        ]),
    ),
    reads: new Map(reads.map((tag) => [tag.name, { source: readFrom(tag, plant) }])),
    tags: new Map(writable.map(({ tag, writable }) => [tag.id, tagOf(tag, writable)])),
    commands: new Map(equipment.commands.map((command) => [command.id, commandOf(command)])),
  };
}

function machineOf({ security }: Plant, equipment: Equipment): Said {
  const { local, mode, state, stop, onLossOfControl: loss, emergencyStop: chain, heartbeat, deviceLock } = equipment;
  return {
    secondFactor: security.secondFactor,
    span: { staff: security.span.staff, guests: security.span.guests },
    lease: equipment.lease,
    local: local && (local === "none" ? local : { tag: local.tag, remote: toJson(local.remote) }),
    mode: mode && { tag: mode.tag, production: mode.production },
    state: state && ("tag" in state ? { tag: state.tag } : state.cases.map((each) => ({ ...each }))),
    stop: stop && { do: stepsOf(stop.do), when: stop.feedback.when, withinMs: stop.feedback.withinMs },
    loss: loss && { policy: loss.policy, graceMs: loss.graceMs, command: loss.command },
    interlocks: conditionsOf(equipment.interlocks),
    permissives: conditionsOf(equipment.permissives),
    emergencyStop: chain && { tag: chain.tag, closed: toJson(chain.closed), reset: chain.reset },
    phoneControl: equipment.phoneControl,
    unattended: equipment.unattended,
    heartbeat: heartbeat && { ...heartbeat },
    deviceLock: deviceLock && { device: deviceLock.device, address: plain(deviceLock.address) },
  };
}

function tagOf(tag: Tag, writable: Writable): Said {
  return {
    source: sourceOf(tag),
    class: writable.class,
    limits: writable.limits && [...writable.limits],
    values: writable.values?.map(toJson),
    maxStep: writable.maxStep,
    everyMs: writable.everyMs,
    states: writable.states && [...writable.states],
    only: writable.only,
    feedback: feedbackOf(writable.feedback),
    interlocks: conditionsOf(writable.interlocks),
    approval: approvalOf(writable.approval),
  };
}

function commandOf(command: DeclaredCommand): Said {
  return {
    do: stepsOf(command.do),
    class: command.class,
    arguments: command.arguments.map(argumentOf),
    states: command.states && [...command.states],
    permit: permitOf(command.permit),
    feedback: command.feedback && feedbackOf({ ...command.feedback, tolerance: undefined }),
    interlocks: conditionsOf(command.interlocks),
    permissives: conditionsOf(command.permissives),
    approval: approvalOf(command.approval),
  };
}

/** Where a value comes from and goes to, and what is made of it on the way. */
function sourceOf({ device, address, type, scale, offset, derived }: Tag): Plain {
  if (derived) return { expression: derived.expression, type, over: derived.over && { ...derived.over } };
  return { device, address: plain(address), type, scale, offset };
}

/** What is counted by day or shift begins anew when the site says so: other begins are another number. */
function readFrom(tag: Tag, { site }: Plant): Plain {
  const over = tag.derived?.over;
  if (!over || over.each === "always") return sourceOf(tag);
  const begins = { zone: site.timezone, ...(over.each === "shift" ? { shifts: [...(site.shifts ?? [])] } : {}) };
  return { counted: sourceOf(tag), begins };
}

function stepsOf(steps: readonly CommandStep[]): Plain {
  return steps.map((step): Plain => {
    if ("write" in step) return { write: step.write, ...operandOf(step) };
    const given = step.arguments.map((each): Plain => ({ type: each.type, ...operandOf(each) }));
    return { device: step.device, method: plain(step.method), arguments: given };
  });
}

function operandOf(operand: Operand): { readonly [key: string]: Plain } {
  return "argument" in operand ? { argument: operand.argument } : { value: toJson(operand.value) };
}

function argumentOf({ id, type, limits, values }: CommandArgument): Plain {
  return { id, type, limits: limits && [...limits], values: values?.map(toJson) };
}

function conditionsOf(conditions: readonly Condition[]): Plain {
  return conditions.map(({ when }) => when);
}

function feedbackOf({ when, withinMs, tolerance }: Feedback): Plain {
  return { when, withinMs, tolerance };
}

function approvalOf({ required, preApproved }: Approval): Plain {
  return { required, preApproved: preApproved === "any" ? "any" : preApproved && [...preApproved] };
}

function permitOf(permit: StartPermit | undefined): Plain | undefined {
  switch (permit?.kind) {
    case undefined:
      return undefined;
    case "signal":
      return { kind: "signal", when: permit.when };
    case "attendant":
      return { kind: "attendant", withinMs: permit.withinMs };
    case "warning":
      return { kind: "warning" };
  }
}

/** Settings and addresses were made by schemas out of YAML, so they are plain but for values of 64 bits and Maps. */
function plain(value: unknown): Plain {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value === undefined ? null : toJson(value as Value);
}

function calledDevices(equipment: Equipment): readonly string[] {
  const steps = [...equipment.commands.flatMap((command) => command.do), ...(equipment.stop?.do ?? [])];
  const called = steps.flatMap((step) => ("device" in step ? [step.device] : []));
  return equipment.deviceLock ? [...called, equipment.deviceLock.device] : called;
}
