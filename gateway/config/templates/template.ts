import { didYouMean } from "../../core/closest.ts";
import { isSecretName } from "../../core/redact.ts";
import type { Text } from "../../core/text.ts";
import { parsePart } from "../parse.ts";
import { type Path, type Places, type Problem, Report } from "../report.ts";
import { EquipmentSchema } from "../schema/equipment.ts";
import { Parameter, TemplateFile } from "../schema/template.ts";
import { type Plain, readYaml } from "../yaml-source.ts";
import { checkedValue } from "./parameters.ts";
import { placeholdersOf } from "./placeholder.ts";

/** A kind of machine, as its file has it. */
export interface Template {
  readonly name: string;
  /** As messages name it: `templates/energy-meter.yaml`. */
  readonly file: string;
  readonly title: Text;
  readonly description: Text | undefined;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly devices: Readonly<Record<string, Plain>>;
  readonly machine: Readonly<Record<string, Plain>>;
  readonly places: Places;
  /** Parameters that something is added to. */
  readonly sums: ReadonlySet<string>;
}

export type ReadTemplate =
  | { readonly ok: true; readonly template: Template; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export const mostParameters = 100;
/** Given by the machine itself. */
export const builtIn: ReadonlySet<string> = new Set(["id", "formerly"]);

/** A template's file, with everything that is wrong in it wherever no machine is needed to see it. */
export function readTemplate(name: string, file: string, text: string): ReadTemplate {
  const report = new Report(file);
  const value = readYaml(text, report, "template: 1");
  const head = value === undefined ? undefined : parsePart({ report, substituted: new Set() }, TemplateFile, value, []);
  if (!head) return { ok: false, problems: report.problems() };
  const parameters = readParameters(report, head.parameters);
  const { devices } = groupOf(value) as { devices?: Plain };
  const machine = groupOf(groupOf(value)["machine"]);
  if (Object.keys(machine).length === 0) report.problem(["machine"], "is missing: what the kind of machine is");
  checkKeys(report, machine);
  const template: Template = {
    ...{ name, file, parameters, machine, places: report.places, sums: new Set() },
    title: head.name,
    description: head.description,
    devices: groupOf(devices),
  };
  checkNames(report, template);
  const sums = checkPlaceholders(report, template);
  if (report.failed) return { ok: false, problems: report.problems() };
  return { ok: true, template: { ...template, sums }, warnings: report.warnings() };
}

function readParameters(report: Report, raw: Readonly<Record<string, unknown>>): ReadonlyMap<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  if (Object.keys(raw).length > mostParameters)
    report.keyProblem(["parameters"], `more than ${mostParameters} parameters`);
  for (const [id, value] of Object.entries(raw)) {
    const path = ["parameters", id];
    const parameter = parsePart({ report, substituted: new Set() }, Parameter, value, path);
    if (!parameter) continue;
    parameters.set(id, parameter);
    if (builtIn.has(id)) report.keyProblem(path, `"${id}" is given by the machine itself; choose another name`);
    if ((parameter.type === "choice") !== (parameter.choices !== undefined))
      report.problem([...path, "choices"], "with type: choice, and only then");
    if (parameter.type === "secret" && !isSecretName(id))
      report.keyProblem(path, 'a secret is called so that everybody sees it: "password", or a name that ends so');
    if (parameter.default === undefined) continue;
    if (parameter.optional) report.keyProblem([...path, "optional"], "it has a default, so it is never left out");
    const found = checkedValue(parameter, parameter.default);
    if (!found.ok) report.problem([...path, "default"], found.why);
  }
  return parameters;
}

/** Mistyped keys of the machine are told here, not once a machine. */
function checkKeys(report: Report, machine: Readonly<Record<string, Plain>>): void {
  const known = Object.keys(EquipmentSchema.shape);
  for (const key of Object.keys(machine))
    if (!known.includes(key)) report.keyProblem(["machine", key], `unknown key${didYouMean(key, known)}`);
}

function checkNames(report: Report, { parameters, devices }: Template): void {
  for (const id of Object.keys(devices)) {
    if (parameters.has(id) || builtIn.has(id))
      report.keyProblem(["devices", id], `"${id}" is a parameter too; choose another name for one of them`);
  }
}

/** Gives the parameters that something is added to. */
function checkPlaceholders(report: Report, template: Template): ReadonlySet<string> {
  const known = [...template.parameters.keys(), ...Object.keys(template.devices), "id"];
  const used = new Set<string>();
  const sums = new Set<string>();
  for (const part of ["devices", "machine"] as const) {
    for (const [text, path] of textsOf(template[part], [part])) {
      for (const found of placeholdersOf(text)) {
        if (typeof found === "string") {
          report.problem(path, `${found} is no placeholder: \${parameter}, \${parameter + 10} or \${env:NAME}`);
          continue;
        }
        used.add(found.name);
        if (found.plus !== 0) sums.add(found.name);
        if (!known.includes(found.name))
          report.problem(path, `there is no parameter "${found.name}"${didYouMean(found.name, known)}`);
        else if (found.plus !== 0 && !isCountable(template.parameters.get(found.name)))
          report.problem(path, `${found.name} is no whole number or register: nothing can be added to it`);
      }
    }
  }
  for (const id of template.parameters.keys())
    if (!used.has(id)) report.warning(["parameters", id], "nothing in the template uses it");
  return sums;
}

function isCountable(parameter: Parameter | undefined): boolean {
  return parameter?.type === "whole" || parameter?.type === "register";
}

function* textsOf(value: Plain, path: Path): Iterable<readonly [string, Path]> {
  if (typeof value === "string") yield [value, path];
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* textsOf(item, [...path, i]);
  else if (typeof value === "object" && value !== null)
    for (const [key, item] of Object.entries(value)) yield* textsOf(item, [...path, key]);
}

/** The names that stand in the template's value at a path, or at the nearest around it that is a text or a list of them. */
export function namesAt(template: Template, path: Path): readonly string[] {
  let here: Plain | undefined = { devices: template.devices, machine: template.machine };
  for (const step of path) {
    if (typeof here !== "object" || here === null) break;
    here = Object.hasOwn(here, step) ? (here as Readonly<Record<string | number, Plain>>)[step] : undefined;
  }
  const texts = (Array.isArray(here) ? here : [here]).filter((each) => typeof each === "string");
  const names = texts.flatMap(placeholdersOf).flatMap((found) => (typeof found === "string" ? [] : [found.name]));
  return [...new Set(names)];
}

export function groupOf(value: Plain | undefined): Readonly<Record<string, Plain>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
