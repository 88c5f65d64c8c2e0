import { z } from "zod";
import { didYouMean } from "../../core/closest.ts";
import { type Parsing, parsePart } from "../parse.ts";
import { InstanceShape, Table } from "../schema/template.ts";
import type { Plain } from "../yaml-source.ts";
import { mostMade } from "./fill.ts";
import { type Instance, make } from "./instance.ts";
import { TemplateOrigins } from "./origins.ts";
import { checkedValue } from "./parameters.ts";
import { type Given, rowsOf } from "./rows.ts";
import { Shelf } from "./shelf.ts";
import { groupOf, type Template } from "./template.ts";

export interface MadeOf {
  readonly template: string;
  /** The table that the machine is a row of. */
  readonly table: string | undefined;
}

export interface Expanded {
  /** The configuration with plain devices and machines, and no tables. */
  readonly value: Plain;
  /** By machine. */
  readonly madeOf: ReadonlyMap<string, MadeOf>;
  readonly templates: readonly Template[];
}

const mostTables = 100;

/**
 * Makes plain machines and devices of every `template:` and every row of a table, before anything else is looked at:
 * what comes after knows of no templates. Machines stand where they are written, those of tables after them.
 */
export async function expandTemplates(parsing: Parsing, configuration: string, value: Plain): Promise<Expanded> {
  const { equipment, devices, tables, ...rest } = groupOf(value);
  const machines = groupOf(equipment);
  const isMade = (machine: Plain): boolean =>
    Object.hasOwn(groupOf(machine), "template") || Object.hasOwn(groupOf(machine), "table");
  if (tables === undefined && !Object.values(machines).some(isMade)) return { value, madeOf: new Map(), templates: [] };

  const { report } = parsing;
  const shelf = new Shelf(configuration, report);
  const making: Making = { parsing, configuration, shelf, machines };
  const rows = await tableInstances(making, tables);
  const singles = await singleInstances(making, Object.keys(groupOf(tables)));
  const all = place(parsing, machines, singles, rows);
  const made = makeAll(parsing, all, groupOf(devices));
  return {
    value: {
      ...rest,
      devices: together(devices, made.devices),
      equipment: together(
        isGroup(equipment) ? {} : equipment,
        Object.fromEntries(
          [...Object.entries(machines).filter(([, machine]) => !isMade(machine)), ...made.machines].sort(
            byOrder([...Object.keys(machines), ...all.map(({ id }) => id)]),
          ),
        ),
      ),
    },
    madeOf: new Map(all.map(({ id, template, table }) => [id, { template: template.name, table }])),
    templates: shelf.templates,
  };
}

/** What is no group is told where groups are looked at. */
function together(written: Plain | undefined, made: Readonly<Record<string, Plain>>): Plain {
  return written === undefined || isGroup(written) ? { ...written, ...made } : written;
}

function isGroup(value: Plain | undefined): value is { [key: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Making {
  readonly parsing: Parsing;
  readonly configuration: string;
  readonly shelf: Shelf;
  readonly machines: Readonly<Record<string, Plain>>;
}

function byOrder(ids: readonly string[]) {
  const order = new Map<string, number>();
  for (const id of ids) if (!order.has(id)) order.set(id, order.size);
  return ([a]: readonly [string, Plain], [b]: readonly [string, Plain]): number =>
    (order.get(a) ?? 0) - (order.get(b) ?? 0);
}

async function tableInstances(making: Making, raw: Plain | undefined): Promise<readonly Instance[]> {
  const { parsing, configuration, shelf, machines } = making;
  const { report } = parsing;
  if (raw === undefined) return [];
  const tables = Object.entries(groupOf(raw));
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    report.problem(["tables"], "expected a group of keys");
  if (tables.length > mostTables) report.keyProblem(["tables"], `more than ${mostTables} tables`);
  const found: Instance[] = [];
  for (const [id, value] of tables.slice(0, mostTables)) {
    const path = ["tables", id];
    const table = parsePart(parsing, Table, value, path);
    const template = table && (await shelf.take(table.template, [...path, "template"]));
    if (!table || !template) continue;
    const shared = sharedOf(parsing, groupOf(groupOf(value)["with"]), template, path);
    for (const row of await rowsOf(report, configuration, table, value, template, path)) {
      const own = Object.hasOwn(machines, row.id) ? groupOf(machines[row.id]) : {};
      if (own["with"] !== undefined)
        report.keyProblem(["equipment", row.id, "with"], `its parameters stand in the table ${id}`);
      found.push({ ...row, template, table: id, own, given: new Map([...shared, ...row.given]) });
    }
  }
  return found;
}

/** Told once, not once a row. */
function sharedOf(
  { report }: Parsing,
  given: Readonly<Record<string, Plain>>,
  { name: template, parameters, file }: Template,
  table: readonly string[],
): ReadonlyMap<string, Given> {
  const right = new Map<string, Given>();
  for (const [name, value] of Object.entries(given)) {
    const path = [...table, "with", name];
    const parameter = parameters.get(name);
    const found = parameter && checkedValue(parameter, value);
    if (!found) {
      const near = didYouMean(name, parameters.keys());
      report.keyProblem(path, `the template ${template} has no parameter "${name}"${near} (${file})`);
    } else if (!found.ok) report.problem(path, `${found.why} (${file})`);
    else right.set(name, { value, path, file: undefined });
  }
  return right;
}

const Head = z.looseObject(InstanceShape);

async function singleInstances(making: Making, known: readonly string[]): Promise<readonly Instance[]> {
  const { parsing, shelf, machines } = making;
  const found: Instance[] = [];
  for (const [id, value] of Object.entries(machines)) {
    const own = groupOf(value);
    if (!Object.hasOwn(own, "template") && !Object.hasOwn(own, "table")) continue;
    const path = ["equipment", id];
    const head = parsePart(parsing, Head, value, path);
    if (!head) continue;
    if (head.table !== undefined) {
      if (head.template !== undefined)
        parsing.report.keyProblem([...path, "template"], `the table ${head.table} says the template already`);
      if (!known.includes(head.table))
        parsing.report.problem([...path, "table"], `there is no table "${head.table}"${didYouMean(head.table, known)}`);
      continue;
    }
    const template = head.template && (await shelf.take(head.template, [...path, "template"]));
    if (!template) continue;
    const given = new Map(
      Object.entries(groupOf(own["with"])).map(
        ([name, each]) => [name, { value: each, path: [...path, "with", name], file: undefined }] as const,
      ),
    );
    const at = { path: [...path, "template"], file: undefined, formerly: undefined, table: undefined };
    found.push({ ...at, id, template, given, own });
  }
  return found;
}

/** Each id is given once: by its row, or in `equipment`. */
function place(
  { report }: Parsing,
  machines: Readonly<Record<string, Plain>>,
  singles: readonly Instance[],
  rows: readonly Instance[],
): readonly Instance[] {
  const placed = new Map(singles.map((each) => [each.id, each]));
  for (const row of rows) {
    const here = row.file === undefined ? "" : `${row.file}: `;
    const first = placed.get(row.id);
    const own = groupOf(machines[row.id]);
    if (first?.table !== undefined)
      report.problem(row.path, `${here}"${row.id}" is a row already (${first.file ?? `table ${first.table}`})`);
    else if (Object.hasOwn(machines, row.id) && own["table"] !== row.table) {
      const mine = `table: ${row.table}`;
      report.problem(
        row.path,
        `${here}"${row.id}" stands in equipment too; what is different for this row says ${mine} there`,
      );
    } else placed.set(row.id, row);
  }
  for (const [id, machine] of Object.entries(machines)) {
    const { table } = groupOf(machine);
    if (typeof table !== "string" || placed.has(id)) continue;
    const ids = rows.flatMap((row) => (row.table === table ? [row.id] : []));
    // Of a table that could not be read that is told alone.
    if (ids.length > 0)
      report.keyProblem(["equipment", id], `the table ${table} has no row "${id}"${didYouMean(id, ids)}`);
  }
  return [...placed.values()];
}

function makeAll({ report }: Parsing, instances: readonly Instance[], devices: Readonly<Record<string, Plain>>) {
  const origins = new TemplateOrigins(report.places);
  const size = { left: mostMade, found: new Map() };
  const made = { devices: {} as { [id: string]: Plain }, machines: [] as (readonly [string, Plain])[] };
  try {
    for (const instance of instances) {
      const one = make(report, instance, size);
      if (!one) continue;
      origins.add(instance);
      made.machines.push([instance.id, one.machine]);
      for (const [id, device] of one.devices) {
        if (Object.hasOwn(devices, id))
          report.keyProblem(["devices", id], `the machine ${instance.id} brings a device of this id from its template`);
        else made.devices[id] = device;
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report.problem(["tables"], `the templates make more than ${mostMade} values and characters`);
    // Nobody waits until half of too much is checked.
    return { devices: {}, machines: [] };
  }
  report.origins = origins;
  return made;
}
