import { didYouMean } from "../../core/closest.ts";
import { proposedId } from "../../core/configuration/proposed-id.ts";
import {
  noneCell,
  type Sheet,
  type SheetFault,
  type SheetOptions,
  sheetLimits,
} from "../../core/configuration/tag-sheet.ts";
import type { DriverManifest } from "../../kit/driver-manifest.ts";
import { type Edit, isGroup } from "../edit/edit.ts";
import { Id } from "../schema/scalars.ts";
import { TagSchema } from "../schema/tag.ts";
import type { Plain } from "../yaml-source.ts";
import { cellOf, readCell, readTexts } from "./cells.ts";
import { type Column, Columns } from "./columns.ts";
import { type Group, groupIn, tagsOf } from "./tag-rows.ts";

/** A row that says what a tag shall be, and what of the file that changes. */
export interface TagRow {
  readonly n: number;
  readonly name: string;
  readonly fate: "added" | "changed" | "left";
  readonly edits: readonly Edit[];
}

export interface RowsRead {
  readonly rows: readonly TagRow[];
  readonly aside: number;
  readonly faults: readonly SheetFault[];
}

/** The rows of a sheet against the configuration as it is written; whether their values are right is not looked at. */
export function readRows(
  sheet: Sheet,
  value: Group,
  options: SheetOptions,
  drivers: readonly DriverManifest[],
): RowsRead {
  const columns = new Columns(drivers);
  const heading = readHeading(sheet.heading, columns);
  if (!heading.ok) return { rows: [], aside: 0, faults: heading.faults };
  return new RowReader(sheet, heading.columns, columns, value, options, drivers).read();
}

interface Headed {
  readonly heading: string;
  readonly column: Column;
}

function readHeading(
  heading: readonly string[],
  columns: Columns,
):
  | { readonly ok: true; readonly columns: readonly Headed[] }
  | { readonly ok: false; readonly faults: readonly SheetFault[] } {
  const faults: SheetFault[] = [];
  const found: Headed[] = [];
  const wrong = (column: string, text: string) => faults.push({ row: 1, column, cell: column, text });
  const seen = new Set<string>();
  for (const each of heading) {
    const column: Column | string = each.trim() === "" ? { kind: "aside" } : columns.find(each);
    if (typeof column === "string") {
      wrong(each, column);
      continue;
    }
    const what = column.kind === "value" ? column.path.join(".") : column.kind;
    if (what !== "aside" && seen.has(what)) wrong(each, `the column ${what} stands here twice`);
    seen.add(what);
    found.push({ heading: each, column });
  }
  if (!seen.has("tag"))
    wrong("", "the column tag is missing: what each row is about, as machine/tag, or with a column equipment");
  return faults.length > 0 ? { ok: false, faults } : { ok: true, columns: found };
}

/** A cell that cannot be used. */
class Wrong extends Error {
  readonly at: Headed | undefined;
  readonly cell: string;

  constructor(at: Headed | undefined, cell: string, text: string) {
    super(text);
    this.at = at;
    this.cell = cell;
  }
}

class RowReader {
  readonly #sheet: Sheet;
  readonly #heading: readonly Headed[];
  readonly #columns: Columns;
  readonly #value: Group;
  readonly #options: SheetOptions;
  readonly #drivers: readonly DriverManifest[];
  readonly #written: ReadonlyMap<string, Group>;
  readonly #firsts = new Map<string, number>();

  constructor(
    sheet: Sheet,
    heading: readonly Headed[],
    columns: Columns,
    value: Group,
    options: SheetOptions,
    drivers: readonly DriverManifest[],
  ) {
    this.#sheet = sheet;
    this.#heading = heading;
    this.#columns = columns;
    this.#value = value;
    this.#options = options;
    this.#drivers = drivers;
    this.#written = new Map([...tagsOf(value)].map(({ equipment, tag, written }) => [`${equipment}/${tag}`, written]));
  }

  read(): RowsRead {
    const rows: TagRow[] = [];
    const faults: SheetFault[] = [];
    let aside = 0;
    for (const { n, cells } of this.#sheet.rows) {
      try {
        if (this.#isPoint(cells)) rows.push(this.#row(n, cells));
        else aside++;
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
        faults.push({ row: n, column: error.at?.heading ?? "", cell: error.cell.slice(0, 100), text: error.message });
      }
    }
    return { rows, aside, faults };
  }

  #isPoint(cells: readonly string[]): boolean {
    const i = this.#heading.findIndex(({ column }) => column.kind === "sort");
    const sort = cells[i]?.trim().toLowerCase() ?? "";
    return sort === "" || sort === "variable";
  }

  #row(n: number, cells: readonly string[]): TagRow {
    const more = cells.slice(this.#heading.length).find((cell) => cell.trim() !== "");
    if (more !== undefined)
      throw new Wrong(undefined, more, "has more cells than the heading: a text with the separator in it needs quotes");
    this.#assertShort(cells);
    const { equipment, tag } = this.#name(cells);
    const name = `${equipment}/${tag}`;
    const first = this.#firsts.get(name);
    if (first !== undefined) throw new Wrong(this.#at("tag"), name, `${name} stands in row ${first} already`);
    this.#firsts.set(name, n);
    const before = this.#written.get(name);
    const after = this.#after(cells, before ?? {});
    const path = ["equipment", equipment, "tags", tag];
    if (before === undefined) return { n, name, fate: "added", edits: [{ path, put: after }] };
    const edits = differences(path, before, after);
    return { n, name, fate: edits.length === 0 ? "left" : "changed", edits };
  }

  #assertShort(cells: readonly string[]): void {
    const i = cells.findIndex((cell) => cell.length > sheetLimits.cellCharacters);
    const cell = cells[i];
    if (cell === undefined) return;
    throw new Wrong(this.#heading[i], cell, `has more than ${sheetLimits.cellCharacters} characters`);
  }

  #at(kind: "equipment" | "tag"): Headed | undefined {
    return this.#heading.find(({ column }) => column.kind === kind);
  }

  #cell(cells: readonly string[], kind: "equipment" | "tag"): string {
    return cells[this.#heading.findIndex(({ column }) => column.kind === kind)]?.trim() ?? "";
  }

  #name(cells: readonly string[]): { readonly equipment: string; readonly tag: string } {
    const whole = this.#cell(cells, "tag");
    const slash = whole.indexOf("/");
    const tag = whole.slice(slash + 1);
    const equipment = slash === -1 ? this.#cell(cells, "equipment") : whole.slice(0, slash);
    const named = slash === -1 ? this.#at("equipment") : this.#at("tag");
    const machines = Object.keys(groupIn(this.#value, "equipment"));
    if (equipment === "")
      throw new Wrong(named ?? this.#at("tag"), whole, `is missing: the machine; known are ${listed(machines)}`);
    if (!machines.includes(equipment)) {
      const near = didYouMean(equipment, machines);
      if (!this.#options.newMachines)
        throw new Wrong(
          named,
          equipment,
          `there is no machine "${equipment}"${near || `; known are ${listed(machines)}`} (a new one has to be asked for)`,
        );
      assertId(named, equipment);
    }
    if (tag === "") throw new Wrong(this.#at("tag"), "", "is missing: the tag's id");
    assertId(this.#at("tag"), tag);
    return { equipment, tag };
  }

  /** The tag as it shall be: what it is, with what the row says of it. */
  #after(cells: readonly string[], before: Group): Group {
    const values = new Map(this.#columns.flat(before));
    const driver = this.#driver(cells, before);
    const others = new Map<string, Plain>();
    this.#heading.forEach((headed, i) => {
      const cell = cells[i] ?? "";
      if (headed.column.kind !== "value" || cell.trim() === "") return;
      const { path } = headed.column;
      const name = path.join(".");
      const there = values.get(name);
      if (there !== undefined && cellOf(there) === cell.trim()) return;
      if (cell.trim() === noneCell) {
        without(values, name);
        return;
      }
      const { value, or } = this.#meaning(headed, path, cell, driver);
      if (JSON.stringify(value) === JSON.stringify(there)) return;
      if (JSON.stringify(value).includes("${"))
        throw new Wrong(
          headed,
          cell,
          "a reference to the environment, a file or a seal is written in the configuration itself, not taken from a sheet",
        );
      without(values, name);
      values.set(name, value);
      if (or !== undefined) others.set(name, or);
    });
    this.#assertPairs(cells, values);
    return this.#fitting(values, others, driver);
  }

  #assertPairs(cells: readonly string[], values: ReadonlyMap<string, Plain>): void {
    for (const name of values.keys()) {
      const [, start = "", end] = /^(.*)\.(low|high)$/.exec(name) ?? [];
      const other = `${start}.${end === "low" ? "high" : "low"}`;
      if (end === undefined || values.has(other) || !this.#columns.isPair(start.split("."))) continue;
      const i = this.#heading.findIndex(({ column }) => column.kind === "value" && column.path.join(".") === name);
      throw new Wrong(this.#heading[i], cells[i] ?? "", `is one end of a pair: ${other} is missing`);
    }
  }

  #driver(cells: readonly string[], before: Group): DriverManifest | undefined {
    const i = this.#heading.findIndex(({ column }) => column.kind === "value" && column.path.join(".") === "device");
    const id = cells[i]?.trim() || before["device"];
    const device = typeof id === "string" ? groupIn(groupIn(this.#value, "devices"), id) : {};
    return this.#drivers.find(({ name }) => name === device["driver"]);
  }

  #meaning(headed: Headed, path: readonly string[], cell: string, driver: DriverManifest | undefined) {
    const texts = path.join(".") === "texts" ? readTexts(cell) : undefined;
    if (texts) return { value: texts as Plain, or: undefined };
    const end = path.at(-1) ?? "";
    const ofPair = ["low", "high"].includes(end) && this.#columns.isPair(path.slice(0, -1));
    const read = readCell(cell, ofPair ? [pairEnd] : this.#columns.schemas(path, driver), this.#sheet.separator);
    if (!read.ok) throw new Wrong(headed, cell, read.text);
    return { value: read.value, or: read.or };
  }

  /** Where a cell can mean two things (`40101` a number or a reference) and the address only fits with the other, the other. */
  #fitting(
    values: ReadonlyMap<string, Plain>,
    others: ReadonlyMap<string, Plain>,
    driver: DriverManifest | undefined,
  ): Group {
    const tag = this.#whole(values);
    if (others.size === 0 || !driver || fits(driver, tag)) return tag;
    const other = this.#whole(new Map([...values].map(([name, value]) => [name, others.get(name) ?? value])));
    return fits(driver, other) ? other : tag;
  }

  /** From values by column to a tag, in the order of the schema. */
  #whole(values: ReadonlyMap<string, Plain>): Group {
    const tag: { [key: string]: Plain } = {};
    const inOrder = [...values].sort(
      ([a], [b]) => this.#columns.order(a.split(".")) - this.#columns.order(b.split(".")),
    );
    for (const [name, value] of inOrder) place(tag, name.split("."), value, (path) => this.#columns.isPair(path));
    return tag;
  }
}

const pairEnd = TagSchema.shape.offset;

/** What stands in another form for the same: `name` goes where `name.en` is said, and the other way round. */
function without(values: Map<string, Plain>, name: string): void {
  for (const other of [...values.keys()]) {
    if (other === name || other.startsWith(`${name}.`) || name.startsWith(`${other}.`)) values.delete(other);
  }
}

function place(
  tag: { [key: string]: Plain },
  path: readonly string[],
  value: Plain,
  isPair: (path: readonly string[]) => boolean,
): void {
  let here = tag;
  for (const [i, key] of path.entries()) {
    const rest = path.slice(i + 1);
    if (rest.length === 1 && isPair(path.slice(0, i + 1)) && ["low", "high"].includes(rest[0] ?? "")) {
      const pair = Array.isArray(here[key]) ? here[key] : [null, null];
      here[key] = rest[0] === "low" ? [value, pair[1] ?? null] : [pair[0] ?? null, value];
      return;
    }
    if (rest.length === 0) here[key] = value;
    else {
      const inner = here[key];
      const group = isGroup(inner) ? inner : {};
      here[key] = group;
      here = group;
    }
  }
}

function fits(driver: DriverManifest, tag: Group): boolean {
  const parsed = driver.address.safeParse(tag["address"]);
  return parsed.success && (!driver.typeOf || driver.typeOf(parsed.data) !== undefined);
}

/** The least edits of one tag: key by key, so that comments and order within it stay. */
function differences(path: readonly string[], before: Group, after: Group): readonly Edit[] {
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  const put = Object.entries(after).flatMap(([key, value]): readonly Edit[] => {
    const was = before[key];
    const here = [...path, key];
    if (same(was, value)) return [];
    return isGroup(was) && isGroup(value) && Object.keys(value).length > 0
      ? differences(here, was, value)
      : [{ path: here, put: value }];
  });
  return [...gone.map((key): Edit => ({ path: [...path, key], take: true })), ...put];
}

/** The order of keys is no difference. */
function same(a: Plain | undefined, b: Plain | undefined): boolean {
  if (!isGroup(a) || !isGroup(b)) return JSON.stringify(a) === JSON.stringify(b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

function assertId(at: Headed | undefined, id: string): void {
  const read = Id.safeParse(id);
  if (read.success) return;
  const near = proposedId(id);
  const hint = near === undefined ? "" : ` – did you mean "${near}"?`;
  throw new Wrong(at, id, `expected ${read.error.issues[0]?.message ?? "an id"}${hint}`);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.length <= 20 ? names.join(", ") : `${names.slice(0, 20).join(", ")} …`;
}
