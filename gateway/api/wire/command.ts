import { z } from "zod";
import { refusalCauses } from "../../core/control/command.ts";
import { eventSteps } from "../../core/control/event-words.ts";
import { Instant, JsonValue, Problem, Text } from "./scalars.ts";

export const CommandState = z.enum([
  "SELECTED",
  "PENDING_APPROVAL",
  "SENT",
  "VERIFIED",
  "REFUSED",
  "CANCELLED",
  "EXPIRED",
  "FAILED",
  "UNKNOWN",
]);
export type CommandState = z.infer<typeof CommandState>;

export const Cause = z.object({
  cause: z.enum(refusalCauses),
  tag: z.string().optional(),
  text: Text,
  lifts: Text.optional(),
});
export type Cause = z.infer<typeof Cause>;

const mostArguments = 50;

/** A text of a controller is short; a long one would only fill the record. */
const CommandValue = z.union([z.number(), z.boolean(), z.string().max(4096), z.null()]);

/** A declared command has a few; each that it does not have would be a cause of its own, on record and sent to everybody. */
const CommandArguments = z
  .record(z.string().max(64), CommandValue)
  .refine((given) => Object.keys(given).length <= mostArguments, `at most ${mostArguments} arguments`);

export const CommandRequest = z.strictObject({
  /** A tag (`press/speed`) or a declared command (`press:start`). */
  target: z.string().min(3).max(200),
  value: CommandValue.optional(),
  arguments: CommandArguments.optional(),
  /** Unique per user; the same key never runs twice. */
  key: z.string().min(8).max(100),
  ticket: z.string().max(500).optional(),
  reason: z.string().max(500).optional(),
  /** Milliseconds to wait for the final state; 5,000 by default. */
  wait: z.number().int().min(0).max(30_000).optional(),
});
export type CommandRequest = z.infer<typeof CommandRequest>;

export const StopRequest = z.strictObject({
  reason: z.string().max(500).optional(),
  wait: z.number().int().min(0).max(30_000).optional(),
});

/** The second half of select before operate (R6): exactly the same value or arguments, a fresh ticket. */
export const OperateRequest = z.strictObject({
  value: CommandValue.optional(),
  arguments: CommandArguments.optional(),
  ticket: z.string().max(500).optional(),
  wait: z.number().int().min(0).max(30_000).optional(),
});

/** R42: another person, who saw the exact command. */
export const ApproveRequest = z.strictObject({ ticket: z.string().max(500).optional() });

export const CommandEvent = z.object({
  at: Instant,
  state: z.union([CommandState, z.literal("NOTE")]),
  /** English. */
  text: z.string(),
  /** The same as a stable code; more may come. Absent in records of earlier versions. */
  step: z.enum(eventSteps).optional(),
  /** What the words name: people, numbers, what a device said. */
  data: z.record(z.string(), z.string()).optional(),
});
export type CommandEvent = z.infer<typeof CommandEvent>;

/** Takes back what was selected, or declines it: why, for the record and for whoever asked. */
export const CancelRequest = z.strictObject({ reason: z.string().trim().max(500).optional() });

export const Command = z.object({
  id: z.string(),
  /** `write`: a tag; `command`: a declared command; `stop`: a remote stop request. */
  kind: z.enum(["write", "command", "stop"]),
  class: z.enum(["C0", "C1", "C2", "C3"]).optional(),
  state: CommandState,
  equipment: z.string(),
  target: z.string(),
  value: JsonValue,
  /** Of a declared command, by id. */
  arguments: z.record(z.string(), JsonValue).optional(),
  /** While SELECTED: until when it can be operated (R6). */
  operateBefore: Instant.optional(),
  /** While PENDING_APPROVAL: until when somebody may approve (R42). */
  approveBefore: Instant.optional(),
  approval: z.object({ user: z.string(), at: Instant }).optional(),
  /** What was written or called, in order, with what the device answered. */
  steps: z
    .array(
      z.object({
        target: z.string(),
        value: JsonValue,
        outcome: z.enum(["written", "rejected", "not-sent", "unknown"]),
        detail: z.string().optional(),
      }),
    )
    .optional(),
  /** Whether this is the caller's own. */
  mine: z.boolean().optional(),
  oldValue: JsonValue.optional(),
  readBack: JsonValue.optional(),
  evidence: z.enum(["effect", "readback"]).optional(),
  causes: z.array(Cause).optional(),
  user: z.string(),
  reason: z.string().optional(),
  requestedAt: Instant,
  sentAt: Instant.optional(),
  finishedAt: Instant.optional(),
  events: z.array(CommandEvent),
});
export type Command = z.infer<typeof Command>;

export const StopAllAnswer = z.object({ stops: z.array(Command) });

export const CommandProblem = Problem.extend({
  id: z.string().optional(),
  state: CommandState.optional(),
  causes: z.array(Cause).optional(),
});
export type CommandProblem = z.infer<typeof CommandProblem>;

/**
 * One node of "why can I not?": a condition as it stands now, with what it stands on. `group` nodes
 * hold when all their children do.
 */
export interface WhyNode {
  /** `check`: a rule of R8; `condition`: an interlock, permissive or permit; `and`, `or`, `not`, `leaf`: parts of one. */
  readonly kind: "check" | "condition" | "and" | "or" | "not" | "leaf";
  readonly text: { readonly en: string; readonly it: string };
  readonly truth: boolean | "unknown";
  readonly cause?: Cause["cause"] | undefined;
  readonly lifts?: { readonly en: string; readonly it: string } | undefined;
  /** Tags that a leaf reads, with what they are now. */
  readonly tags?: readonly {
    readonly tag: string;
    readonly value: z.infer<typeof JsonValue>;
    readonly status: number;
  }[];
  readonly children?: readonly WhyNode[];
}

export const WhyNode: z.ZodType<WhyNode> = z.lazy(() =>
  z.object({
    kind: z.enum(["check", "condition", "and", "or", "not", "leaf"]),
    text: Text,
    truth: z.union([z.boolean(), z.literal("unknown")]),
    cause: z.enum(refusalCauses).optional(),
    lifts: Text.optional(),
    tags: z.array(z.object({ tag: z.string(), value: JsonValue, status: z.number() })).optional(),
    children: z.array(WhyNode).optional(),
  }),
);

export const WhyAnswer = z.object({ target: z.string(), allowed: z.boolean(), why: z.array(WhyNode) });
export type WhyAnswer = z.infer<typeof WhyAnswer>;

/** What would be checked and what would be written, without doing it. */
export const DryRun = z.object({
  target: z.string(),
  class: z.enum(["C0", "C1", "C2", "C3"]),
  allowed: z.boolean(),
  causes: z.array(Cause),
  why: z.array(WhyNode),
  steps: z.array(z.object({ target: z.string(), value: JsonValue, from: JsonValue.optional() })),
  effect: z.object({ when: z.string().optional(), withinMs: z.number() }).optional(),
  needs: z.object({
    select: z.boolean(),
    approval: z.boolean(),
    permit: z.enum(["none", "signal", "attendant", "warning"]),
  }),
});
export type DryRun = z.infer<typeof DryRun>;

export const DryRunRequest = z.strictObject({
  target: z.string().min(3).max(200),
  value: CommandValue.optional(),
  arguments: CommandArguments.optional(),
});
