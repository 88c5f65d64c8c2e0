import { z } from "zod";
import { dataTypes } from "../../core/value.ts";
import { duration } from "../../kit/duration.ts";
import { Record } from "./record.ts";
import { Condition, Id, MachineState, PlainId, Scalar, Span, Words } from "./scalars.ts";

/** A condition with a name, or only its text. */
export const Interlock = z
  .union([
    Condition,
    z.strictObject({
      id: Id.optional().describe("Name in refusals and in the audit."),
      name: Words.optional().describe("What people read where it stands in the way."),
      when: Condition.describe("Must be true; false or unknown refuses."),
    }),
  ])
  .transform((interlock) => (typeof interlock === "string" ? { when: interlock } : interlock));

/** R42: whether a second person approves, and for what nobody needs to be asked. */
export const Approval = z.strictObject({
  required: z.boolean().default(true).describe("Whether a second person approves."),
  preApproved: z
    .union([z.literal("any"), Span])
    .optional()
    .describe(
      "Values for which nobody is asked, or `any` for a command without a number; of class C3 a part of what can be asked for.",
    ),
});

const WriteFeedback = z.strictObject({
  when: Condition.optional().describe("Condition that shows the effect; without it the written value must read back."),
  within: duration(50, 600_000).prefault("3s").describe("How long the effect may take."),
  tolerance: z
    .number()
    .min(0)
    .optional()
    .describe("Largest difference between the written and the read value that still counts as equal."),
});

export const Writable = z.strictObject({
  class: z
    .enum(["C1", "C2", "C3"])
    .describe(
      "C1 routine and reversible; C2 start, recipe, limits; C3 may damage product or machine, or starts motion unattended.",
    ),
  limits: Span.optional().describe("Smallest and largest value that may be written; `range` where it is not given."),
  maxStep: z.number().positive().optional().describe("Largest distance between the present and the new value."),
  every: duration(10).optional().describe("Least time between two writes."),
  values: z.array(Scalar).min(1).max(100).optional().describe("Only these values."),
  states: z.array(MachineState).min(1).optional().describe("Only in these machine states."),
  only: z.literal("commands").optional().describe("Never by itself, only as part of a declared command or stop."),
  feedback: WriteFeedback.prefault({}).describe("How the gateway finds out whether it worked."),
  interlocks: z.array(Interlock).max(50).default([]).describe("Conditions that must hold."),
  approval: Approval.optional().describe("Whether a second person approves; class C3 always needs one."),
  consequence: Words.optional().describe("What follows from a change, shown where it is confirmed."),
});

const RollOver = z
  .number()
  .positive()
  .describe("The first number that it never shows, in the unit of the value: 65536 for 16 bits, × scale.");

/** What every tag may say, wherever its value comes from. */
export const named = { name: Words.optional().describe("What people read; the id where it is not given.") };

export const shown = {
  unit: z.string().min(1).max(30).optional().describe("Engineering unit."),
  decimals: z.int().min(0).max(10).optional().describe("Decimals that are shown."),
  range: Span.optional().describe("What the instrument can show: the scale of the indicator."),
  normal: Span.optional().describe("The normal band."),
  setpoint: Id.optional().describe("The tag of the same machine that is this one's set-point."),
  texts: z.record(z.string().max(30), Words).optional().describe("Texts of values, by value."),
};

export const kept = {
  record: Record.optional().describe(
    "What goes into its history: `true` every change, `false` nothing, or by a rule; a change of quality always. The machine's where it is not given, else the device's, else `true`.",
  ),
  interpolation: z
    .enum(["stepped", "sloped"])
    .default("stepped")
    .describe(
      "How the history reads it between two samples, in averages and limits: `stepped` holds a value until the next one, which is true of what is recorded when it changes; `sloped` goes straight from one number to the next, for slow measurements recorded at long intervals (OPC UA Part 11, Stepped).",
    ),
  counter: z
    .union([z.literal(true), z.strictObject({ rollOver: RollOver.optional() })])
    .optional()
    .describe(
      "It counts up, as an energy meter does: the history's delta takes a smaller number than before for a roll-over where that is the shorter way, else for a counter that was set to 0.",
    ),
  formerly: z
    .union([z.string().max(130), z.array(z.string().max(130)).max(20)])
    .optional()
    .describe("Full names (`machine/tag`) that it had before: their history stays its own."),
};

/** A tag of a device. */
export const TagSchema = z.strictObject({
  ...named,
  device: PlainId.describe("The device that has it."),
  address: z.unknown().describe("Where it is in the device; see the driver."),
  type: z.enum(dataTypes).optional().describe("Data type; some drivers know it from the address."),
  ...shown,
  scale: z
    .number()
    .refine((scale) => scale !== 0, { error: "a factor other than 0" })
    .default(1)
    .describe("value = raw × scale + offset"),
  offset: z.number().default(0).describe("value = raw × scale + offset"),
  interval: duration(10, 86_400_000)
    .optional()
    .describe("Poll period of this tag; the device's where it is not given."),
  expect: duration(10)
    .optional()
    .describe("Expected time between two messages where nobody polls; freshness is judged by it."),
  writable: Writable.optional().describe("Without it the tag can only be read."),
  ...kept,
});
export type TagSchema = z.output<typeof TagSchema>;
