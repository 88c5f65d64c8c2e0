import { z } from "zod";
import { dataTypes } from "../../core/value.ts";
import { Cause } from "./command.ts";
import { Instant, JsonValue, Text } from "./scalars.ts";

export const Allowed = z.object({ allowed: z.boolean(), causes: z.array(Cause) });

export const ApprovalView = z.object({
  required: z.boolean(),
  preApproved: z.union([z.literal("any"), z.tuple([z.number(), z.number()])]).optional(),
});

export type ApprovalView = z.infer<typeof ApprovalView>;

export const ArgumentView = z.object({
  id: z.string(),
  name: Text,
  type: z.enum(dataTypes),
  unit: z.string().optional(),
  decimals: z.number().optional(),
  limits: z.tuple([z.number(), z.number()]).optional(),
  values: z.array(JsonValue).optional(),
  suggested: JsonValue.optional(),
});
export type ArgumentView = z.infer<typeof ArgumentView>;

/** A declared command as it stands for the caller now. */
export const CommandOffer = Allowed.extend({
  id: z.string(),
  name: Text,
  class: z.enum(["C0", "C1", "C2", "C3"]),
  /** Legal in the present state and mode (R35), whatever else stands in the way. */
  legal: z.boolean(),
  states: z.array(z.string()).optional(),
  arguments: z.array(ArgumentView),
  permit: z
    .object({
      kind: z.enum(["signal", "attendant", "warning"]),
      text: Text.optional(),
      given: z.union([z.boolean(), z.literal("unknown")]),
    })
    .optional(),
  approval: ApprovalView,
  consequence: Text.optional(),
  /** The effect that will be looked for, as the configuration says it, and for how long. */
  effect: z.object({ when: z.string(), withinMs: z.number() }).optional(),
});
export type CommandOffer = z.infer<typeof CommandOffer>;

/** Who has control of a machine (R40, R41), as the caller sees it. */
export const ControlView = z.object({
  lease: z.enum(["required", "off"]),
  holder: z.string().nullable(),
  /** The caller's own sign-in has it. */
  mine: z.boolean(),
  since: Instant.optional(),
  /** The holder's page is in front (R40). */
  visible: z.boolean().optional(),
  phone: z.boolean().optional(),
  /** Somebody asks for it; silence changes nothing. */
  request: z.object({ user: z.string(), mine: z.boolean(), answerBefore: Instant }).optional(),
  /** Whether the caller could take it now (from nobody), and if not why. */
  take: Allowed,
  /** Whether the caller may take it by force, from whoever has it. */
  force: z.boolean(),
  /** What happens when the holder is gone, and when, where that clock is running (R15). */
  loss: z
    .object({
      policy: z.enum(["continue", "finish-cycle", "hold", "stop"]),
      graceMs: z.number(),
      runsAt: Instant.optional(),
    })
    .optional(),
  /** Asked whether somebody is there (R43): answer before. */
  areYouThere: Instant.optional(),
  /** The device's own lock, where there is one: held together with control. */
  deviceLock: z.enum(["held", "free", "other", "unknown"]).optional(),
  phoneControl: z.enum(["watch", "operate"]),
});
export type ControlView = z.infer<typeof ControlView>;

export const LockOutView = z.object({
  id: z.string(),
  person: z.string(),
  since: Instant,
  reason: z.string().optional(),
});
export type LockOutView = z.infer<typeof LockOutView>;

export const WritableView = Allowed.extend({
  class: z.enum(["C0", "C1", "C2", "C3"]),
  limits: z.tuple([z.number(), z.number()]).optional(),
  maxStep: z.number().optional(),
  values: z.array(JsonValue).optional(),
  only: z.literal("commands").optional(),
  /** Whether a second person approves, and for which values nobody is asked (R42). */
  approval: ApprovalView.optional(),
  consequence: Text.optional(),
});

/** How a derived tag comes to be, as the caller may see it. */
export const DerivedView = z.object({
  /** CEL; absent where it reads what the caller may not see. */
  expression: z.string().optional(),
  /** Full names of the tags that it reads. */
  inputs: z.array(z.string()),
  /** Devices that it stands on in the end. */
  devices: z.array(z.string()),
  over: z
    .object({
      function: z.enum(["total", "integral", "runningTime", "minimum", "maximum"]),
      each: z.enum(["shift", "day", "always"]),
      timeUnitMs: z.number(),
      rollOver: z.number().optional(),
      percentGood: z.number(),
    })
    .optional(),
  /** Of one that is computed over time. */
  account: z
    .object({
      /** Since when it counts; absent: nothing was known yet. */
      since: Instant.optional(),
      /** Milliseconds of this period (without one: since it counts) for which nothing was known. */
      missedMs: z.number(),
      /** The last stretch for which nothing was known. */
      gap: z.object({ from: Instant, to: Instant }).optional(),
      /** How often a counter went back in this period without a roll-over. */
      resets: z.number(),
    })
    .optional(),
  /** Why the expression gives nothing now, in words. */
  why: z.string().optional(),
});
export type DerivedView = z.infer<typeof DerivedView>;

export const TagView = z.object({
  tag: z.string(),
  handle: z.number(),
  id: z.string(),
  equipment: z.string(),
  name: Text,
  type: z.enum(dataTypes),
  unit: z.string().optional(),
  decimals: z.number().optional(),
  range: z.tuple([z.number(), z.number()]).optional(),
  normal: z.tuple([z.number(), z.number()]).optional(),
  /** Full name of the tag that is this one's set-point. */
  setpoint: z.string().optional(),
  texts: z.record(z.string(), Text).optional(),
  /** What the device says of it where the configuration says nothing; nothing is limited or converted by it. */
  offered: z
    .object({
      unit: z.string().optional(),
      range: z.tuple([z.number(), z.number()]).optional(),
      /** Texts of values in the device's own language. */
      texts: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  /** Empty for a derived tag. */
  device: z.string(),
  /** What a derived tag is made of; such a tag is never writable. */
  derived: DerivedView.optional(),
  /** Milliseconds after which an unconfirmed value is no longer believed: 3 × the period (R16). */
  staleAfterMs: z.number(),
  /** False: the configuration keeps no history of it (`record: false`). */
  recorded: z.boolean(),
  /** Where not every change is recorded, by which rule; changes of quality always are. */
  recording: z
    .object({
      /** In the tag's unit; 0: none. */
      deadband: z.number(),
      /** 0: none. */
      minIntervalMs: z.number(),
      maxIntervalMs: z.number().optional(),
    })
    .optional(),
  writable: WritableView.optional(),
});
export type TagView = z.infer<typeof TagView>;

export const DeviceLink = z.object({
  device: z.string(),
  name: Text,
  state: z.enum(["connecting", "connected", "lost", "off"]),
  /** Milliseconds since the channel was last proven alive, at the time of the answer; absent: never. */
  ageMs: z.number().optional(),
  since: Instant,
  /** The last failure, in words. */
  error: z.string().optional(),
});
export type DeviceLink = z.infer<typeof DeviceLink>;

export const EquipmentView = z.object({
  id: z.string(),
  name: Text,
  area: z.string().optional(),
  description: Text.optional(),
  /** PackML word; `unknown` when what it stands on is not Good; absent: no state is declared (watch only). */
  state: z
    .object({
      name: z.string(),
      since: Instant.optional(),
      /** Full name of the tag that carries the PackML number, where it is one tag and not a table of conditions. */
      tag: z.string().optional(),
    })
    .optional(),
  mode: z.object({ production: z.boolean().nullable(), value: JsonValue }).optional(),
  local: z
    .object({ declared: z.enum(["key", "none"]), tag: z.string().optional(), remote: z.boolean().nullable() })
    .optional(),
  control: ControlView,
  /** Personal locks of technicians (R21). */
  lockOuts: z.array(LockOutView),
  /** Remote control is cut at the site (R18). */
  island: z.boolean(),
  /** The real chain, read-only (R20); `why` says what a remote start still waits for. */
  emergencyStop: z
    .object({ tag: z.string(), closed: z.boolean().nullable(), ready: z.boolean(), why: Text.optional() })
    .optional(),
  unattended: z.boolean(),
  /** A change of the configuration that widens control waits to be accepted (R9). */
  changeWaits: z.boolean(),
  secondFactor: z.enum(["required", "off"]),
  stop: Allowed.extend({ declared: z.boolean(), withinMs: z.number().optional() }),
  commands: z.array(CommandOffer),
  links: z.array(DeviceLink),
  /** Full names of the tags for the overview tile. */
  highlights: z.array(z.string()),
  phone: z.string().optional(),
  bookable: z.boolean(),
  /** The template that it was made of, and the table that it is a row of. */
  madeOf: z.object({ template: z.string(), table: z.string().optional() }).optional(),
  /** End of the caller's own slot, for a guest. */
  bookingEnds: Instant.optional(),
  tags: z.array(TagView),
});
export type EquipmentView = z.infer<typeof EquipmentView>;

export const ValueView = z.object({
  tag: z.string(),
  value: JsonValue,
  /** OPC UA StatusCode, unsigned 32 bit. */
  status: z.number(),
  sourceTime: Instant,
  serverTime: Instant,
  confirmedAt: Instant.optional(),
  /** The last Good value, for display only, where the present one is not Good. */
  last: z.object({ value: JsonValue, sourceTime: Instant }).optional(),
});
export type ValueView = z.infer<typeof ValueView>;
