import { didYouMean } from "../../core/closest.ts";
import type { Path, Report } from "../report.ts";
import { Id } from "../schema/scalars.ts";
import { mostRows, type Table } from "../schema/template.ts";
import type { Plain } from "../yaml-source.ts";
import { csvRows } from "./csv-rows.ts";
import { fileBeside, textIn } from "./folder-files.ts";
import { type Checked, checkedCell, type Separator } from "./parameters.ts";
import { builtIn, groupOf, type Template } from "./template.ts";

export const largestTable = 4 * 1024 * 1024;

/** A value of a row, and where it stands. */
export interface Given {
  readonly value: Plain;
  /** In the configuration. */
  readonly path: Path;
  /** `meters.csv:13`, where it stands in a file of its own. */
  readonly file: string | undefined;
  /** What was wrong with it as the text of a cell. */
  readonly wrong?: Checked & { readonly ok: false };
}

export interface Row {
  readonly id: string;
  readonly formerly: string | undefined;
  readonly given: ReadonlyMap<string, Given>;
  readonly path: Path;
  readonly file: string | undefined;
}

/** The rows of a table as far as they are right; the others are reported. */
export async function rowsOf(
  report: Report,
  configuration: string,
  table: Table,
  raw: Plain | undefined,
  template: Template,
  path: Path,
): Promise<readonly Row[]> {
  if (table.file !== undefined) return fileRows(report, configuration, table.file, template, [...path, "file"]);
  const rows = groupOf(raw)["rows"];
  return (Array.isArray(rows) ? rows : []).flatMap((row, i) => {
    const at = [...path, "rows", i];
    const { id, formerly, ...values } = groupOf(row);
    if (typeof id !== "string") {
      report.problem([...at, "id"], id === undefined ? "is missing: the id of the machine" : "expected a text");
      return [];
    }
    const given = new Map(
      Object.entries(values).map(([name, value]) => [name, { value, path: [...at, name], file: undefined }] as const),
    );
    const former = typeof formerly === "string" ? formerly : undefined;
    return [{ id, formerly: former, given, path: [...at, "id"], file: undefined }];
  });
}

async function fileRows(
  report: Report,
  configuration: string,
  name: string,
  template: Template,
  path: Path,
): Promise<readonly Row[]> {
  const wrong = (why: string): readonly Row[] => {
    report.problem(path, why);
    return [];
  };
  const file = await fileBeside(configuration, name);
  if (file === undefined) return wrong("expected a file beside this one or in a folder there, such as meters.csv");
  const text = await textIn(file, largestTable);
  if (!text) return wrong(`there is no file ${name} beside this one`);
  if (!text.ok) return wrong(`the file ${name} ${text.why}`);
  const csv = csvRows(text.text);
  if (!csv.ok) return wrong(`${name}:${csv.line}: ${csv.why}`);
  const [head, ...body] = csv.rows;
  if (!head) return wrong(`the file ${name} is empty: its first line names id and parameters`);
  if (body.length > mostRows) return wrong(`the file ${name} has more than ${mostRows} rows`);
  if (!headFits(head.cells, `${name}:${head.line}`, template, wrong)) return [];
  const { separator } = csv;
  return body.flatMap(({ line, cells }) => {
    const here = `${name}:${line}`;
    if (cells.length > head.cells.length)
      return wrong(
        `${here}: ${cells.length} cells under ${head.cells.length} names; a cell with a separator needs quotes`,
      );
    return rowOf(head.cells, cells, { here, separator, template, path, wrong });
  });
}

function headFits(
  names: readonly string[],
  here: string,
  { parameters, file }: Template,
  wrong: (why: string) => unknown,
): boolean {
  const known = [...builtIn, ...parameters.keys()];
  const unknown = names.filter((name) => !known.includes(name));
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  for (const name of unknown) wrong(`${here}: ${file} has no parameter "${name}"${didYouMean(name, known)}`);
  for (const name of twice) wrong(`${here}: the column "${name}" stands here twice`);
  if (!names.includes("id")) wrong(`${here}: the column id is missing: the ids of the machines`);
  return unknown.length === 0 && twice.length === 0 && names.includes("id");
}

interface Cells {
  readonly here: string;
  readonly separator: Separator;
  readonly template: Template;
  readonly path: Path;
  readonly wrong: (why: string) => readonly Row[];
}

function rowOf(names: readonly string[], cells: readonly string[], to: Cells): readonly Row[] {
  const { here, separator, template, path, wrong } = to;
  const given = new Map<string, Given>();
  const own = new Map<string, string>();
  for (const [i, name] of names.entries()) {
    const text = cells[i] ?? "";
    const parameter = template.parameters.get(name);
    // An empty cell is one that nobody filled in: the table's `with`, else the default.
    if (text === "") continue;
    if (!parameter) own.set(name, text);
    else {
      const found = checkedCell(parameter, text, separator);
      // What is wrong is told with the machine's id, where all parameters are looked at.
      const value = found.ok ? { value: found.value } : { value: text, wrong: found };
      given.set(name, { ...value, path, file: here });
    }
  }
  const id = own.get("id");
  if (id === undefined) return wrong(`${here}: the id of the machine is missing`);
  const formerly = own.get("formerly");
  if (formerly !== undefined && !Id.safeParse(formerly).success)
    return wrong(`${here}: formerly: expected the id that the machine had before`);
  return [{ id, formerly, given, path, file: here }];
}
