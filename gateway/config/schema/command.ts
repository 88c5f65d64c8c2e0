import { z } from "zod";
import { dataTypes } from "../../core/value.ts";
import { duration } from "../../kit/duration.ts";
import { Condition, Id, MachineState, PlainId, Scalar, Span, Words } from "./scalars.ts";
import { Approval, Interlock } from "./tag.ts";

/** What shows the effect of a command or a stop. */
export const effect = (within: string) =>
  z.strictObject({
    when: Condition.describe("Condition that shows the effect, read after the write."),
    within: duration(50, 600_000).prefault(within).describe("How long the effect may take."),
  });

/** A constant, or an argument of the command by its id; one of the two. */
const operand = {
  value: Scalar.optional().describe("A constant value."),
  argument: Id.optional().describe("Or the value of this argument of the command."),
};

const eitherOperand = { error: "either value or argument" } as const;
const hasOne = (step: { value?: unknown; argument?: unknown }): boolean =>
  (step.value === undefined) !== (step.argument === undefined);

const WriteStep = z
  .strictObject({ write: Id.describe("A writable tag of this machine."), ...operand })
  .refine(hasOne, eitherOperand);

const CallArgument = z
  .strictObject({ type: z.enum(dataTypes).describe("Its data type at the device."), ...operand })
  .refine(hasOne, eitherOperand);

const CallStep = z.strictObject({
  call: z.unknown().describe("Address of a method; see the driver."),
  device: PlainId.describe("The device that has it."),
  arguments: z.array(CallArgument).max(20).default([]).describe("What the method takes, in its order."),
});

/** R13: what a command or a stop does, in order. */
export const Step = z.union([WriteStep, CallStep]);
export type Step = z.output<typeof Step>;

const Argument = z.strictObject({
  name: Words.optional().describe("What people read; the id where it is not given."),
  type: z.enum(dataTypes).describe("Data type."),
  unit: z.string().min(1).max(30).optional().describe("Engineering unit."),
  decimals: z.int().min(0).max(10).optional().describe("Decimals that are shown."),
  limits: Span.optional().describe("Smallest and largest value. Needed for numbers, or `values`."),
  values: z.array(Scalar).min(1).max(100).optional().describe("Only these values."),
  suggested: Scalar.optional().describe("What the screen offers; a person still confirms it."),
});

const Permit = z.union([
  Condition,
  z.strictObject({
    attendant: z
      .strictObject({ within: duration(5_000, 300_000).prefault("60s").describe("How long a confirmation is good.") })
      .describe("Somebody at the machine confirms with a PIN at its kiosk that the zone is clear."),
  }),
  z.strictObject({ warning: Words.describe("The controller itself warns before it moves: how, in words.") }),
]);

export const Command = z.strictObject({
  name: Words.optional().describe("What people read; the id where it is not given."),
  class: z.enum(["C1", "C2", "C3"]).describe("As for writable tags."),
  do: z.array(Step).min(1).max(20).describe("What is written or called, in this order."),
  arguments: z.record(Id, z.unknown()).default({}).describe("What whoever asks has to say, by id."),
  states: z.array(MachineState).min(1).optional().describe("Only in these machine states."),
  permit: Permit.optional().describe(
    "Start permit (R20): a condition that is read from the device when the command runs, an attendant, or a warning.",
  ),
  interlocks: z.array(Interlock).max(50).default([]).describe("Conditions that must hold."),
  permissives: z.array(Interlock).max(50).default([]).describe("Conditions that must hold for it to begin."),
  feedback: effect("5s")
    .optional()
    .describe("The effect, over tags and `args.NAME`; C2 and C3 need one that the machine itself shows."),
  approval: Approval.optional().describe("Whether a second person approves; class C3 always needs one."),
  consequence: Words.optional().describe("What follows from it, shown where it is confirmed."),
});
export type Command = z.output<typeof Command>;

export const CommandArgument = Argument;
export type CommandArgument = z.output<typeof Argument>;
