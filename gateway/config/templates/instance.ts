import { didYouMean } from "../../core/closest.ts";
import type { Path, Report } from "../report.ts";
import { Id } from "../schema/scalars.ts";
import { InstanceShape } from "../schema/template.ts";
import type { Plain } from "../yaml-source.ts";
import { fill, type Size } from "./fill.ts";
import { checkedValue } from "./parameters.ts";
import { isReference } from "./placeholder.ts";
import type { Given } from "./rows.ts";
import { groupOf, type Template } from "./template.ts";

type Group = Readonly<Record<string, Plain>>;

/** A machine that is made of a template. */
export interface Instance {
  readonly id: string;
  readonly template: Template;
  /** The table that it is a row of. */
  readonly table: string | undefined;
  readonly formerly: string | undefined;
  readonly given: ReadonlyMap<string, Given>;
  /** What stands under its own id in `equipment`. */
  readonly own: Group;
  /** Where it is made. */
  readonly path: Path;
  readonly file: string | undefined;
}

export interface Made {
  readonly devices: ReadonlyMap<string, Plain>;
  readonly machine: Plain;
}

/** The device of a template in a machine that is made of it. */
export function deviceId(machine: string, device: string): string {
  return `${machine}-${device}`;
}

/** undefined: reported. @throws RangeError when `size` is used up. */
export function make(report: Report, instance: Instance, size: Size): Made | undefined {
  const { id, template, own } = instance;
  if (!Id.safeParse(id).success) {
    const text = `"${id}" is no id of a machine: small letters, digits and _, beginning with a letter, and no reserved word`;
    report.problem(instance.path, `${instance.file === undefined ? "" : `${instance.file}: `}${text}`);
    return undefined;
  }
  const values = valuesOf(report, instance);
  if (!values) return undefined;
  const devices = new Map<string, Plain>();
  for (const [name, device] of Object.entries(template.devices)) {
    const made = fill(device, values, size);
    if (made !== undefined) devices.set(deviceId(id, name), made);
  }
  const machine = groupOf(fill(template.machine, values, size));
  return { devices, machine: merged(report, instance, machine, own) };
}

function valuesOf(report: Report, instance: Instance): ReadonlyMap<string, Plain | undefined> | undefined {
  const { id, template, given } = instance;
  const values = new Map<string, Plain | undefined>([["id", id]]);
  for (const name of Object.keys(template.devices)) values.set(name, deviceId(id, name));
  let right = true;
  const wrong = (at: { readonly path: Path; readonly file: string | undefined }, why: string, part = "value"): void => {
    right = false;
    const row = at.file === undefined ? "" : `${at.file}: `;
    // A row of a table is named by its number; whoever mends it knows the machine.
    const who = instance.table === undefined ? "" : `${id}: `;
    const text = `${row}${who}${why}`;
    if (part === "key") report.keyProblem(at.path, text);
    else report.problem(at.path, text);
  };
  for (const name of given.keys()) {
    if (template.parameters.has(name)) continue;
    const known = [...template.parameters.keys()];
    const hint = didYouMean(name, known) || (known.length > 0 ? `; known are ${known.join(", ")}` : "");
    const why = `the template ${template.name} has no parameter "${name}"${hint} (${template.file})`;
    wrong(given.get(name) ?? instance, why, "key");
  }
  for (const [name, parameter] of template.parameters) {
    const found = given.get(name);
    if (!found) {
      if (parameter.default === undefined && !parameter.optional)
        wrong(instance, `the parameter ${name} is missing: ${parameter.description.en}${declared(template, name)}`);
      values.set(name, parameter.default as Plain | undefined);
      continue;
    }
    const checked = found.wrong ?? checkedValue(parameter, found.value);
    if (checked.ok) values.set(name, checked.value);
    else wrong(found, `${name}: ${checked.why}${declared(template, name)}`);
  }
  for (const name of [...template.sums].filter((each) => isReference(values.get(each))))
    wrong(
      given.get(name) ?? instance,
      `${name}: the template adds to it, so it cannot come from the environment or a file${declared(template, name)}`,
    );
  return right ? values : undefined;
}

function declared({ file, places }: Template, parameter: string): string {
  const line = places.key(["parameters", parameter])?.line;
  return ` (${file}:${line ?? "?"})`;
}

/** Tags and commands key by key, everything else as a whole. */
function merged(report: Report, instance: Instance, machine: Group, own: Group): Plain {
  const result: { [key: string]: Plain } = { ...machine };
  if (instance.formerly !== undefined) result["formerly"] = instance.formerly;
  for (const [key, value] of Object.entries(own)) {
    if (Object.hasOwn(InstanceShape, key)) continue;
    result[key] = key === "tags" || key === "commands" ? parts(report, instance, key, machine[key], value) : value;
  }
  return leftOut(report, instance, result);
}

function parts(
  report: Report,
  { id, template }: Instance,
  key: "tags" | "commands",
  made: Plain | undefined,
  own: Plain,
): Plain {
  if (typeof own !== "object" || own === null || Array.isArray(own)) return own;
  const there = groupOf(made);
  const result: { [key: string]: Plain } = { ...there };
  for (const [name, value] of Object.entries(own)) {
    const was = Object.hasOwn(there, name) ? there[name] : undefined;
    if (was === undefined && isPartly(key, value)) {
      const near = didYouMean(name, Object.keys(there));
      const what = key === "tags" ? "tag" : "command";
      const needs = key === "tags" ? "device, address and type, or an expression" : "class and do";
      const path = ["equipment", id, key, name];
      report.keyProblem(
        path,
        `the template ${template.name} has no ${what} "${name}"${near}; one of its own needs ${needs}`,
      );
      continue;
    }
    const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
    result[name] = isGroup && was !== undefined ? { ...groupOf(was), ...value } : value;
  }
  return result;
}

function isPartly(key: "tags" | "commands", value: Plain): boolean {
  const { device, expression, do: steps } = groupOf(value);
  return key === "tags" ? device === undefined && expression === undefined : steps === undefined;
}

function leftOut(report: Report, { id, own, template }: Instance, machine: { [key: string]: Plain }): Plain {
  const { without } = own;
  if (!Array.isArray(without)) return machine;
  const tags = { ...groupOf(machine["tags"]) };
  for (const [i, tag] of without.entries()) {
    const known = Object.keys(groupOf(template.machine["tags"]));
    if (typeof tag !== "string") continue;
    if (!known.includes(tag))
      report.problem(
        ["equipment", id, "without", i],
        `the template ${template.name} has no tag "${tag}"${didYouMean(tag, known)}`,
      );
    delete tags[tag];
  }
  const { overview } = machine;
  const result: { [key: string]: Plain } = { ...machine, tags };
  // A tag that is not there is shown nowhere; what the machine itself says of the overview is looked at as ever.
  if (Array.isArray(overview) && !Object.hasOwn(own, "overview"))
    result["overview"] = overview.filter((tag) => !without.includes(tag));
  return result;
}
