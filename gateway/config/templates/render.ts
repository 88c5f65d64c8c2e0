import { stringify } from "yaml";
import { didYouMean } from "../../core/closest.ts";
import { readText } from "../read-text.ts";
import { Report } from "../report.ts";
import { type Plain, readYaml } from "../yaml-source.ts";
import { expandTemplates } from "./expand.ts";
import { deviceId } from "./instance.ts";
import { checkedCell } from "./parameters.ts";
import { Shelf, templatesFor } from "./shelf.ts";
import { groupOf, type Template } from "./template.ts";

export type Taken =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A template that a configuration could name. */
export async function takeTemplate(configuration: string, name: string): Promise<Taken> {
  const report = new Report(configuration);
  const template = await new Shelf(configuration, report).take(name, []);
  return template ? { ok: true, template } : { ok: false, problems: report.problems().map(({ text }) => text) };
}

export type RenderedYaml =
  | { readonly ok: true; readonly yaml: string }
  | { readonly ok: false; readonly problems: readonly string[] };

/** One machine of a template, whatever the configuration says. @param given texts, as they stand in a table's file. */
export async function renderOne(
  configuration: string,
  name: string,
  id: string,
  given: ReadonlyMap<string, string>,
): Promise<RenderedYaml> {
  const taken = await takeTemplate(configuration, name);
  if (!taken.ok) return taken;
  const { parameters } = taken.template;
  const wrong: string[] = [];
  const values: { [name: string]: Plain } = Object.create(null);
  for (const [parameter, text] of given) {
    const declared = parameters.get(parameter);
    const found = declared && checkedCell(declared, text, ",");
    if (!found) wrong.push(`there is no parameter "${parameter}"${didYouMean(parameter, parameters.keys())}`);
    else if (found.ok) values[parameter] = found.value;
    else wrong.push(`${parameter}: ${found.why}`);
  }
  if (wrong.length > 0) return { ok: false, problems: wrong };
  const instance = { equipment: { [id]: { template: name, with: values } } };
  return rendered(configuration, new Report(configuration), instance, id);
}

/** A machine that the configuration makes; references (`${env:…}`) as they are written. */
export async function renderConfigured(configuration: string, id: string): Promise<RenderedYaml> {
  const report = new Report(configuration);
  const text = await readText(configuration, report);
  const value = text === undefined ? undefined : readYaml(text, report);
  if (value === undefined) return { ok: false, problems: report.problems().map(({ message }) => message) };
  return rendered(configuration, report, value, id);
}

async function rendered(configuration: string, report: Report, value: Plain, id: string): Promise<RenderedYaml> {
  const parsing = { report, substituted: new Set<string>() };
  const expanded = await expandTemplates(parsing, configuration, value);
  const origin = expanded.madeOf.get(id);
  const problems = report.problems();
  if (problems.length > 0) return { ok: false, problems: problems.map(({ message }) => message) };
  const template = expanded.templates.find(({ name }) => name === origin?.template);
  if (!origin || !template) {
    const near = didYouMean(id, expanded.madeOf.keys());
    return { ok: false, problems: [`no machine "${id}" is made of a template${near}`] };
  }
  const { devices, equipment } = groupOf(expanded.value);
  const own = new Set(Object.keys(template.devices).map((device) => deviceId(id, device)));
  const parts = {
    devices: Object.fromEntries(Object.entries(groupOf(devices)).filter(([name]) => own.has(name))),
    equipment: { [id]: groupOf(equipment)[id] },
  };
  const table = origin.table === undefined ? "" : `, a row of the table ${origin.table}`;
  const head = `# Made of the template ${template.name} (${template.file})${table}.\n`;
  return { ok: true, yaml: head + stringify(parts, { aliasDuplicateObjects: false, lineWidth: 120 }) };
}

export interface ListedTemplate {
  readonly name: string;
  readonly from: "own" | "shipped";
  readonly taken: Taken;
}

export async function listTemplates(configuration: string): Promise<readonly ListedTemplate[]> {
  const entries = await templatesFor(configuration);
  return Promise.all(
    entries.map(async (entry) => ({ ...entry, taken: await takeTemplate(configuration, entry.name) })),
  );
}
