import type { Derived, OverTime, Tag } from "../core/plant.ts";
import { textOf } from "../core/text.ts";
import { type Parsing, parsePart } from "./parse.ts";
import { recordedOf } from "./recording.ts";
import type { Path, Report } from "./report.ts";
import { DerivedSchema } from "./schema/derived.ts";
import type { EquipmentSchema } from "./schema/equipment.ts";
import { checkDisplay, counterOf, formerNames } from "./tag.ts";

export function isDerived(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "expression");
}

/** A derived tag as far as it can be read alone; what it reads is found once all tags are known. undefined: reported. */
export function readDerived(
  parsing: Parsing,
  equipment: Pick<EquipmentSchema, "formerly" | "record"> & { readonly id: string },
  id: string,
  value: object,
): Tag | undefined {
  const path = ["equipment", equipment.id, "tags", id];
  const { report } = parsing;
  const foreign = ["device", "address", "writable"].filter((key) => Object.hasOwn(value, key));
  for (const key of foreign) report.keyProblem([...path, key], foreignText(key));
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => !foreign.includes(key)));
  const parsed = parsePart(parsing, DerivedSchema, own, path);
  if (!parsed) return undefined;
  const tag: Tag = {
    handle: -1,
    name: `${equipment.id}/${id}`,
    id,
    equipment: equipment.id,
    label: parsed.name ?? textOf(id.replaceAll("_", " ")),
    device: "",
    address: undefined,
    type: parsed.type,
    unit: parsed.unit,
    decimals: parsed.decimals,
    range: parsed.range,
    normal: parsed.normal,
    setpoint: parsed.setpoint,
    texts: parsed.texts && new Map(Object.entries(parsed.texts)),
    scale: 1,
    offset: 0,
    intervalMs: 1000,
    expectMs: undefined,
    writable: undefined,
    record: true,
    interpolation: parsed.interpolation,
    counter: counterOf(parsed.counter),
    formerly: formerNames(parsed.formerly, equipment.formerly, id),
    derived: derivedOf(report, parsed, path),
  };
  checkDisplay(report, tag, path);
  const recorded = recordedOf(report, tag, [parsed.record, equipment.record, undefined], path);
  return foreign.length > 0 ? undefined : { ...tag, ...recorded };
}

function foreignText(key: string): string {
  return key === "writable"
    ? "a derived tag is never writable; write what it is computed from"
    : `is of a tag that a device has; a derived tag has an expression instead of device and address`;
}

function derivedOf(report: Report, { expression, over, type }: DerivedSchema, path: Path): Derived {
  const from = { expression, inputs: [], roots: [] };
  if (!over) return { ...from, over: undefined };
  const { timeUnit, ...same } = over;
  const at = [...path, "over"];
  if (type !== "double") report.problem([...path, "type"], "what comes of over is a double");
  if (timeUnit !== undefined && !["integral", "runningTime"].includes(over.function))
    report.keyProblem([...at, "timeUnit"], "is of integral and runningTime");
  if (over.rollOver !== undefined && over.function !== "total")
    report.keyProblem([...at, "rollOver"], "is of total: a counter that begins again at 0");
  const made: OverTime = { ...same, rollOver: over.rollOver };
  return { ...from, over: made };
}
