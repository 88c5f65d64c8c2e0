import { z } from "zod";
import { vigilLimits } from "../../core/control/are-you-there.ts";
import { duration } from "../../kit/duration.ts";
import { effect, Step } from "./command.ts";
import { Record } from "./record.ts";
import { Condition, Id, MachineState, PlainId, Scalar, Words } from "./scalars.ts";
import { Interlock } from "./tag.ts";

const StateOf = z.union([
  z.strictObject({
    tag: Id.describe("A whole-number tag."),
    model: z.literal("packml").describe("The tag carries PackML numbers (6 = Execute)."),
  }),
  z
    .array(z.strictObject({ state: MachineState, when: Condition }))
    .min(1)
    .max(40),
]);

/** A machine without its tags, which are parsed one by one. */
export const EquipmentSchema = z.strictObject({
  name: Words.optional().describe("What people read; the id where it is not given."),
  area: z.string().min(1).max(64).optional().describe("Where it stands; machines are grouped by it."),
  description: Words.optional().describe("One line more."),
  state: StateOf.optional().describe(
    "The machine's state: a tag with PackML numbers, or a table; the first condition that holds is the state.",
  ),
  mode: z
    .strictObject({ tag: Id.describe("A whole-number tag."), production: z.int().describe("Its value in production.") })
    .optional()
    .describe("The machine's mode. Remote commands except stop need production."),
  local: z
    .union([
      z.literal("none"),
      z.strictObject({ tag: Id.describe("The key switch."), remote: Scalar.describe("Its value in REMOTE.") }),
    ])
    .optional()
    .describe("The local/remote key, or `none` said aloud. Needed as soon as anything can be written."),
  lease: z
    .enum(["required", "off"])
    .optional()
    .describe("Whether one person must hold control before writing; `required` where a C2 or C3 exists, else `off`."),
  onLossOfControl: z
    .strictObject({
      policy: z.enum(["continue", "finish-cycle", "hold", "stop"]),
      grace: duration(1000, 86_400_000).prefault("30s"),
      command: Id.optional().describe("The declared command that `hold` runs; for `finish-cycle` where there is one."),
    })
    .optional()
    .describe("What happens when whoever holds control is gone for longer than the grace time."),
  stop: z
    .strictObject({
      do: z.array(Step).min(1).max(20).describe("Constant levels, never a toggle or a pulse: it is repeated."),
      feedback: effect("3s").describe("What shows that the machine stopped."),
    })
    .optional()
    .describe("The remote stop request. It is no safety function and no emergency stop."),
  commands: z.record(Id, z.unknown()).default({}).describe("Declared commands."),
  interlocks: z.array(Interlock).max(50).default([]).describe("Conditions for every write but stop."),
  permissives: z.array(Interlock).max(50).default([]).describe("Conditions for every command of class C2 or C3."),
  emergencyStop: z
    .strictObject({
      tag: Id.describe("The chain's contact; it is only ever read."),
      closed: Scalar.default(true).describe("Its value with the chain closed."),
      reset: Condition.optional().describe("Condition that shows that it was reset at the machine."),
    })
    .optional()
    .describe("The real emergency-stop chain. After it was open, remote start waits for reset and key at the machine."),
  phone: z.string().min(1).max(40).optional().describe("Whom to call; the site's where it is not given."),
  phoneControl: z
    .enum(["watch", "operate"])
    .default("watch")
    .describe("Whether a phone may hold control; only with policy continue or a grace of a minute or more."),
  unattended: z
    .boolean()
    .default(false)
    .describe("Nobody stands beside it: whoever holds control is asked now and then."),
  areYouThere: z
    .strictObject({
      after: duration(10_000, vigilLimits.silentMs)
        .prefault("10min")
        .describe("So long without a sign of a person, then whoever holds control is asked."),
      within: duration(5_000, vigilLimits.askedMs).prefault("1min").describe("Then on-call is told."),
    })
    .optional()
    .describe("For an unattended machine in Execute: sooner than the 10 minutes and the minute that hold at most."),
  heartbeat: z
    .strictObject({
      gateway: Id.optional().describe("A whole-number tag that the gateway counts up while it lives."),
      operator: Id.optional().describe("A boolean tag: somebody holds control and answers."),
      every: duration(200, 60_000).prefault("1s").describe("How often they are written."),
    })
    .optional()
    .describe("Written by the gateway itself, so that the controller can react when it, or the person, is gone."),
  deviceLock: z
    .strictObject({ device: PlainId, address: z.unknown().describe("Where the lock is; see the driver.") })
    .optional()
    .describe("The device's own lock, taken together with control (OPC UA DI)."),
  commissioning: z
    .strictObject({
      hazards: z.array(Words).max(50).default([]).describe("What can go wrong when it is run from afar."),
      measures: z.array(Words).max(50).default([]).describe("What was done about it."),
      signedBy: z.string().min(1).max(200).optional(),
      signedOn: z.iso.date().optional().describe("Day of the signature, such as 2026-11-26."),
    })
    .optional()
    .describe("For the commissioning sheet."),
  record: Record.optional().describe("What goes into the history of tags that do not say it themselves."),
  overview: z.array(Id).max(3).default([]).describe("Tags shown on the overview, at most three."),
  bookable: z.boolean().default(false).describe("Whether guests can book it."),
  formerly: Id.optional().describe("The id that it had before: the history of all its tags stays its own."),
  tags: z.record(Id, z.unknown()).default({}).describe("Its tags, by id."),
});
export type EquipmentSchema = z.output<typeof EquipmentSchema>;
