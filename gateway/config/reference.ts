import { z } from "zod";
import type { DriverManifest } from "../kit/driver-manifest.ts";
import { deviceSchema, type JsonSchema, jsonSchema, machineSchema, schemaOf } from "./json-schema.ts";
import { InstanceShape, Parameter, Table, TemplateFile } from "./schema/template.ts";

const introduction = `# Configuration

Generated from the schemas in the code; \`npm run generate\` writes it anew. Do not edit it by hand.

The gateway reads one YAML file, \`config/gateway.yaml\` unless \`--config FILE\` names another.
\`plancia check FILE\` says what is wrong with one, with line and column, without starting anything.
With \`# yaml-language-server: $schema=./gateway.schema.json\` as first line an editor completes and checks it while you type.

- Durations are text: \`500ms\`, \`10s\`, \`2min\`, \`1h\`, \`7d\`.
- Words for people are one text, or one each: \`{ en: Door, it: Porta }\`.
- Ids of machines and tags are names in conditions: small letters, digits and \`_\`, beginning with a letter. Devices, gateway and site may have \`-\` too.
- A tag's full name is \`machine/tag\`.
- \`\${env:NAME}\` and \`\${file:PATH}\` in a value stand for an environment variable or a file's content (relative to this file); use them for secrets.
- \`\${sealed:s1…}\`, where a password, secret or token is expected, stands for a secret that \`plancia seal\` encrypted under this installation's key: the file may be copied and kept under version control.
- \`PLANCIA__SERVER__LISTEN=0.0.0.0:8080\` in the environment sets one value: \`__\` between the keys, case and \`-\` do not matter.
- Aliases, a second document, duplicate keys and a byte order mark are refused; at most 8 MiB.

## Conditions

\`when\`, \`permit\` and interlocks are conditions in [CEL](https://cel.dev): \`&&\`, \`||\`, \`!\`, comparisons, arithmetic, \`in [1, 2]\`, \`? :\`, \`size()\`, \`contains()\`, \`startsWith()\`, \`endsWith()\`.
A bare name is a tag of the same machine, \`other.tag\` one of another. They are checked for names and types when the file is read.
A tag that is not Good makes what depends on it *unknown*, and unknown refuses: \`false && unknown\` is false, \`true && unknown\` is unknown.

## Derived tags

A tag with an \`expression\` instead of \`device\` and \`address\` is computed by the gateway from others, and is a tag like any other but never writable: \`{ expression: "power / double(pieces)", unit: kWh }\`.
Beside what conditions have, \`int()\`, \`double()\` and \`string()\` convert; a whole number divided by a whole number drops the fraction. What it gives must fit its \`type\` (\`double\` unless said); names, types and circles are checked when the file is read.
\`over\` makes something of the values in the course of time. [Derived tags](derived-tags.md) tells the whole.

## What goes on record

Every change of value or quality is recorded, unless \`record\` of a tag, of its machine or of its device says otherwise (the nearest one holds, whole). \`record: false\` keeps nothing. A rule keeps less:

- \`deadband\`: what is no farther than this from the value *recorded last* is left out, so the record never strays farther from the truth. In the tag's unit, or in percent of its \`range\`.
- \`minInterval\`: at most one sample for each such time. The newest that had to wait follows, with its own time, when the interval is over.
- \`maxInterval\`: at least one sample for each such time while the device answers, so that a steady line in a trend has proof of life. It is stamped one period before the device was last heard.

A change of quality is always recorded, at once, and before it the value that had to wait. Live values, alarms, conditions and commands see every sample, whatever is recorded.

Aggregates know only what is recorded: with a deadband the average, minimum and maximum of a time may be off by up to the deadband, \`count\` counts recorded samples and not changes, a total of a counter lags by up to the deadband. With a \`minInterval\` peaks shorter than it are not in the record at all. Do not put either on a counter or on what has to be proven.

## What \`check\` refuses of a command

- Class C2 or C3 whose \`feedback.when\` can come true without a tag that nobody writes from afar: that a register holds the number that was written shows nothing. Name what the machine itself sets (its state, the recipe that it has loaded). Where a device really answers in nothing but the tag that is written, it is not for class C2 or C3.
- Class C1 whose effect may hold in Execute, or on the way there, and does not where the command may be given: that is a start, C2 at least. Neither may it do the same as a command of a higher class, nor may a loss policy run something that ends in Execute.
- Class C3 that is approved beforehand for everything that can be asked for.
`;

/** `docs/configuration.md` */
export function referencePage(drivers: readonly DriverManifest[]): string {
  const root = jsonSchema(drivers);
  const top = sections("", root, 2).filter((section) => !/^## `(devices|equipment|tables)/.test(section));
  const machine = sections("equipment.<id>", machineSchema(drivers), 2);
  const perDriver = drivers.flatMap((driver) => [
    `## Driver \`${driver.name}\`: ${driver.title}\n\n${driver.summary}`,
    ...optionsOf(driver, 3),
  ]);
  return `${[introduction.trimEnd(), ...top, ...machine, ...templateSections(), ...perDriver].join("\n\n")}\n`;
}

function templateSections(): readonly string[] {
  const made = "A machine that is made of a template says this, and of the keys above what is different for it.";
  const file = "One file a kind of machine, in `templates/` beside this file; see [templates.md](templates.md).";
  return [
    `## Machines of a template\n\n${made}`,
    ...sections("equipment.<id> (template)", schemaOf(z.strictObject(InstanceShape)), 3),
    ...sections("tables.<id>", schemaOf(Table), 3),
    `## The file of a template\n\n${file}`,
    ...sections("template file", schemaOf(TemplateFile), 3),
    ...sections("parameters.<name>", schemaOf(Parameter), 3),
  ];
}

/** Tables of every key of a driver's devices, addresses, methods and locks, below headings of this level. */
export function optionsOf(driver: DriverManifest, level: number): readonly string[] {
  return [
    ...sections("devices.<id>", deviceSchema(driver), level),
    ...sections("equipment.<id>.tags.<id>.address", schemaOf(driver.addressPart ?? driver.address), level),
    ...(driver.method ? sections("equipment.<id>.commands.<id>.do[].call", schemaOf(driver.method), level) : []),
    ...(driver.lock ? sections("equipment.<id>.deviceLock.address", schemaOf(driver.lock), level) : []),
  ];
}

/** One table for a group of keys, and one for each group inside of it. */
function sections(path: string, schema: JsonSchema, level: number): readonly string[] {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return [];
  const rows = properties.map(([key, property]) => {
    const needed = schema.required?.includes(key) ? "**yes**" : "";
    return `| \`${key}\` | ${kind(property)} | ${needed || standard(property)} | ${cell(property.description ?? "")} |`;
  });
  const title = path === "" ? "The file" : `\`${path}\`${schema.title === undefined ? "" : `, ${schema.title}`}`;
  const own = [
    `${"#".repeat(level)} ${title}`,
    "",
    "| key | value | needed, or default | what |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
  const inner = properties.flatMap(([key, property]) =>
    groupsIn(path === "" ? key : `${path}.${key}`, property, level),
  );
  return [own, ...inner];
}

function groupsIn(path: string, schema: JsonSchema, level: number): readonly string[] {
  if (path.endsWith(".address")) return [];
  if (schema.properties) return isWords(schema) ? [] : sections(path, schema, level);
  if (schema.additionalProperties) return groupsIn(`${path}.<id>`, schema.additionalProperties, level);
  if (schema.items) return groupsIn(`${path}[]`, schema.items, level);
  return (schema.anyOf ?? []).flatMap((choice) => groupsIn(path, choice, level));
}

function isWords(schema: JsonSchema): boolean {
  return Object.keys(schema.properties ?? {}).join() === "en,it";
}

function kind(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.anyOf) return [...new Set(schema.anyOf.map(kind))].join(", or ");
  if (schema.prefixItems) return `[${schema.prefixItems.map(kind).join(", ")}]`;
  if (schema.type === "array") return schema.items ? `list of ${kind(schema.items)}` : "list";
  if (schema.type === "object")
    return isWords(schema) ? "`{ en, it }`" : schema.additionalProperties ? "by id or value" : "group";
  if (schema.type === "string") return schema.pattern?.includes("(ms|s|min|h|d)") ? "duration" : "text";
  if (schema.type === "integer") return "whole number";
  return schema.type ?? "see the driver";
}

function standard(schema: JsonSchema): string {
  if (schema.default === undefined) return "";
  return `\`${typeof schema.default === "string" ? schema.default : JSON.stringify(schema.default)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");
}
