import { z } from "zod";
import { Id, PlainId, Words } from "./scalars.ts";

/** Small letters, digits, `-` and `_`: it is the name of a file, and leads nowhere else. */
export const TemplateName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_-]*$/, {
    error: "a name of small letters, digits, - and _, beginning with a letter",
  });

/** As settings of drivers are written: `host`, `unitId`. */
export const ParameterId = z
  .string()
  .max(64)
  .regex(/^[a-z][a-zA-Z0-9_]*$/, { error: "a name of letters, digits and _, beginning with a small letter" });

export const parameterTypes = [
  "text",
  "words",
  "number",
  "whole",
  "register",
  "boolean",
  "choice",
  "host",
  "device",
  "duration",
  "secret",
] as const;
export type ParameterType = (typeof parameterTypes)[number];

const Single = z.union([z.boolean(), z.number(), z.string().max(1000)]);

export const Parameter = z.strictObject({
  type: z
    .enum(parameterTypes)
    .describe(
      "`text`; `words` for people, one text or `{ en, it }`; `number`; `whole` number; `register`, from 0 to 65535 as on the wire; `boolean`; one of `choices`; `host`, a name or an address; `device`, the id of one; `duration`; `secret`, which is a reference and never stands here itself.",
    ),
  description: Words.describe("What it is, for whoever makes a machine of it."),
  default: z
    .union([Single, z.strictObject({ en: z.string().optional(), it: z.string().optional() })])
    .optional()
    .describe("Taken where a machine does not give it."),
  optional: z
    .boolean()
    .default(false)
    .describe("It may be left out without a default: whatever names it is left out then, too."),
  choices: z.array(Single).min(1).max(100).optional().describe("For `choice`: what it may be."),
  min: z.number().optional().describe("For numbers: the least."),
  max: z.number().optional().describe("For numbers: the most."),
});
export type Parameter = z.output<typeof Parameter>;

/** One file of a template: a kind of machine. Its parts are checked in each machine that is made of it. */
export const TemplateFile = z.strictObject({
  template: z.literal(1).describe("Version of this format."),
  name: Words.describe("What kind of machine."),
  description: Words.optional().describe("One line more: what it fits, and what must be known of the machine."),
  parameters: z
    .record(ParameterId, z.unknown())
    .default({})
    .describe("What is different from machine to machine, by name; at most 100."),
  devices: z
    .record(PlainId, z.unknown())
    .default({})
    .describe(
      `Devices of the machine's own. The device \`meter\` of a machine \`oven\` is called \`oven-meter\`; \`\${meter}\` stands for that.`,
    ),
  machine: z.unknown().describe(`As under equipment.<id>, with \${parameter} for what is different.`),
});
export type TemplateFile = z.output<typeof TemplateFile>;

const Given = z.record(z.string(), z.unknown());

/** What a machine that is made of a template has beside the keys of every machine. */
export const InstanceShape = {
  template: TemplateName.optional().describe(
    "Made of this template: `templates/NAME.yaml` beside this file, else one that is shipped; see `plancia template list`.",
  ),
  table: PlainId.optional().describe("Made by the row of this id in the table: what stands here is different for it."),
  with: Given.optional().describe("The template's parameters."),
  without: z.array(Id).max(500).optional().describe("Tags of the template that this machine does not have."),
};

export const mostRows = 5000;

/** Many machines of one template: a row a machine. */
export const Table = z
  .strictObject({
    template: TemplateName.describe("What each row is made of."),
    file: z
      .string()
      .max(200)
      .regex(/.\.csv$/i, { error: "a file that ends in .csv" })
      .optional()
      .describe(
        "A CSV file beside this one, or in a folder there: first line names, `id` and parameters; comma, semicolon or tab between. At most 4 MiB and 5000 rows.",
      ),
    rows: z
      .array(Given)
      .max(mostRows)
      .optional()
      .describe("The same here: `{ id: meter_1, host: 192.0.2.11 }`. At most 5000."),
    with: Given.default({}).describe("Parameters that are the same for every row."),
  })
  .refine(({ file, rows }) => (file === undefined) !== (rows === undefined), { error: "one of file and rows" });
export type Table = z.output<typeof Table>;
