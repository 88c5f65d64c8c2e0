import type { Device, Tag } from "../core/plant.ts";
import { textOf } from "../core/text.ts";
import { type DataType, dataTypes, isNumeric } from "../core/value.ts";
import type { DriverManifest } from "../kit/driver-manifest.ts";
import { type DeviceContext, findDevice, type PlacedDevice } from "./device.ts";
import type { ExpandedAddresses } from "./expansion.ts";
import { type Parsing, parsePart } from "./parse.ts";
import { recordedOf } from "./recording.ts";
import type { Path, Report } from "./report.ts";
import type { EquipmentSchema } from "./schema/equipment.ts";
import { TagSchema } from "./schema/tag.ts";
import { isInside } from "./spans.ts";
import { writableOf } from "./writable.ts";

export interface TagContext extends DeviceContext {
  readonly expanded: ExpandedAddresses;
}

/** A tag but for its handle, which is given when all are known; undefined: wrong, and reported. */
export function readTag(
  context: TagContext,
  equipment: Pick<EquipmentSchema, "formerly" | "record"> & { readonly id: string },
  id: string,
  value: unknown,
): Tag | undefined {
  const path = ["equipment", equipment.id, "tags", id];
  const raw = completed(context.expanded, `${equipment.id}/${id}`, value);
  const parsed = parsePart(context.parsing, TagSchema, raw.value, path);
  const placed = raw.device === undefined ? undefined : findDevice(context, raw.device, [...path, "device"]);
  const address = placed && addressOf(context.parsing, placed, raw.address, path);
  if (!parsed || !placed?.device || address === undefined) return undefined;
  const type = typeOf(context.parsing.report, placed.driver, placed.device, parsed, address, path);
  if (!type) return undefined;
  const tag: Tag = {
    address,
    type,
    handle: -1,
    name: `${equipment.id}/${id}`,
    id,
    equipment: equipment.id,
    label: parsed.name ?? textOf(id.replaceAll("_", " ")),
    device: parsed.device,
    unit: parsed.unit,
    decimals: parsed.decimals,
    range: parsed.range,
    normal: parsed.normal,
    setpoint: parsed.setpoint,
    texts: parsed.texts && new Map(Object.entries(parsed.texts)),
    scale: parsed.scale,
    offset: parsed.offset,
    intervalMs: parsed.interval ?? placed.device.intervalMs,
    expectMs: parsed.expect ?? placed.driver.aliveEveryMs?.(placed.device.settings, placed.device.intervalMs),
    writable: undefined,
    record: true,
    interpolation: parsed.interpolation,
    counter: counterOf(parsed.counter),
    formerly: formerNames(parsed.formerly, equipment.formerly, id),
  };
  checkDisplay(context.parsing.report, tag, path);
  const recorded = recordedOf(context.parsing.report, tag, [parsed.record, equipment.record, placed.record], path);
  return {
    ...tag,
    ...recorded,
    writable: parsed.writable && writableOf(context.parsing.report, tag, parsed.writable, path),
  };
}

/**
 * With the address that its device's settings give. Device and address are read apart from the rest, so that a
 * mistake elsewhere in the tag does not hide one there.
 */
function completed({ addresses, undecided }: ExpandedAddresses, name: string, value: unknown) {
  const group = typeof value === "object" && value !== null ? value : {};
  const device: unknown = Reflect.get(group, "device");
  const given: unknown = addresses.get(name);
  const address = given ?? Reflect.get(group, "address");
  return {
    device: typeof device === "string" ? device : undefined,
    address,
    // What is missing there is told at the device.
    value: given !== undefined || undecided.has(name) ? { ...group, address: given ?? {} } : value,
  };
}

function addressOf(parsing: Parsing, { driver }: PlacedDevice, address: unknown, path: Path): unknown {
  return address === undefined ? undefined : parsePart(parsing, driver.address, address, [...path, "address"]);
}

/** The data type, once the driver has nothing against it; undefined: reported. */
function typeOf(
  report: Report,
  driver: DriverManifest,
  device: Device,
  parsed: TagSchema,
  address: unknown,
  path: Path,
): DataType | undefined {
  const type = parsed.type ?? dataTypes.find((name) => name === driver.typeOf?.(address));
  const writable = parsed.writable !== undefined;
  const why = driver.checkTag?.(device.settings, { type: type ?? "", address, writable });
  if (writable && !driver.capabilities.write) {
    report.problem([...path, "writable"], `the driver ${driver.name} cannot write`);
  } else if (type !== undefined && why !== undefined) {
    report.problem([...path, "address"], why);
  } else if (type === undefined) {
    report.problem([...path, "type"], why ?? `is missing: one of ${dataTypes.join(", ")}`);
  } else {
    return type;
  }
  return undefined;
}

export function counterOf(counter: TagSchema["counter"]): Tag["counter"] {
  return counter && (counter === true ? { rollOver: undefined } : { rollOver: counter.rollOver });
}

export function formerNames(own: TagSchema["formerly"], machine: string | undefined, id: string): readonly string[] {
  const named = own === undefined ? [] : typeof own === "string" ? [own] : own;
  return machine === undefined ? named : [...named, `${machine}/${id}`];
}

export function checkDisplay(report: Report, tag: Tag, path: Path): void {
  if (!isNumeric(tag.type)) {
    for (const [key, present] of [
      ["scale", tag.scale !== 1],
      ["offset", tag.offset !== 0],
      ["range", tag.range !== undefined],
      ["normal", tag.normal !== undefined],
      ["decimals", tag.decimals !== undefined],
      ["interpolation", tag.interpolation === "sloped"],
      ["counter", tag.counter !== undefined],
    ] as const) {
      if (present) report.keyProblem([...path, key], `is for numbers only; the tag is ${tag.type}`);
    }
  }
  if (tag.range && tag.normal && !isInside(tag.normal, tag.range)) {
    report.problem([...path, "normal"], `must lie inside of the range, from ${tag.range[0]} to ${tag.range[1]}`);
  }
  for (const key of tag.texts?.keys() ?? []) {
    if (!isValueText(tag.type, key)) {
      report.keyProblem([...path, "texts", key], `is no value of a tag of type ${tag.type}`);
    }
  }
}

function isValueText(type: DataType, key: string): boolean {
  if (type === "boolean") return key === "true" || key === "false";
  if (isNumeric(type)) return /^-?\d+(\.\d+)?$/.test(key);
  return type === "string";
}
