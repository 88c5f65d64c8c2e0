import type { DriverManifest } from "../../kit/driver-manifest.ts";
import { isGroup } from "../edit/edit.ts";
import { Report } from "../report.ts";
import { type Plain, readYaml } from "../yaml-source.ts";
import { cellOf } from "./cells.ts";
import { Columns } from "./columns.ts";

/** A configuration's part, as it is written. */
export type Group = { readonly [key: string]: Plain };

/** What is always there, so that a plant without tags gives a sheet to begin with. */
const always = ["name", "device", "address", "type", "unit", "decimals", "range.low", "range.high"];

/** The tags of a configuration's text as a table with a heading, in the order of the file; undefined: it cannot be read. */
export function tagRows(text: string, drivers: readonly DriverManifest[]): readonly (readonly string[])[] | undefined {
  const value = readYaml(text, new Report(""));
  if (!isGroup(value)) return undefined;
  const columns = new Columns(drivers);
  const rows = [...tagsOf(value)].map(({ equipment, tag, written }) => ({
    equipment,
    tag,
    cells: columns.flat(written),
  }));
  const used = new Set([...always, ...rows.flatMap(({ cells }) => [...cells.keys()])]);
  const names = [...used].sort((a, b) => columns.order(a.split(".")) - columns.order(b.split(".")));
  const heading = ["equipment", "tag", ...names];
  const written = rows.map(({ equipment, tag, cells }) => [
    equipment,
    tag,
    ...names.map((name) => cellAt(cells, name)),
  ]);
  return [heading, ...written];
}

function cellAt(cells: ReadonlyMap<string, Plain>, name: string): string {
  const value = cells.get(name);
  return value === undefined ? "" : cellOf(value);
}

export function* tagsOf(
  value: Group,
): Iterable<{ readonly equipment: string; readonly tag: string; readonly written: Group }> {
  for (const [equipment, machine] of Object.entries(groupIn(value, "equipment"))) {
    if (!isGroup(machine)) continue;
    for (const [tag, written] of Object.entries(groupIn(machine, "tags"))) {
      if (isGroup(written)) yield { equipment, tag, written };
    }
  }
}

export function groupIn(value: Group, key: string): Group {
  const inner = value[key];
  return isGroup(inner) ? inner : {};
}
