import { z } from "zod";
import { CommandState } from "./command.ts";
import { Instant, JsonValue, Text } from "./scalars.ts";

/** Words of a person about control of a machine. */
const Words = z.string().trim().min(1).max(500);

/** `phone`: the page is in somebody's hand; where the browser says so itself, it counts too (R40). */
export const TakeRequest = z.strictObject({ phone: z.boolean().default(false) });

/** R41: asks whoever has control; with `withdraw` takes that back. */
export const ControlRequest = z.strictObject({
  withdraw: z.boolean().default(false),
  phone: z.boolean().default(false),
});

/**
 * R41: by whoever has control. `note` goes into the note of hand-over, or with the refusal. `user`: whose
 * request is answered; where another person asks by now, the answer counts for nothing (409).
 */
export const ControlAnswer = z.strictObject({
  accept: z.boolean(),
  note: z.string().trim().max(500).optional(),
  user: z.string().max(200).optional(),
});

/** R41, by force: everybody concerned reads the reason. */
export const ForceRequest = z.strictObject({ reason: Words, phone: z.boolean().default(false) });

export const NoteRequest = z.strictObject({ text: z.string().trim().min(1).max(4000) });

export const NotedCommand = z.object({
  id: z.string(),
  target: z.string(),
  value: JsonValue,
  state: CommandState,
  user: z.string(),
  at: Instant,
});

/** R41: how the machine stood when control of it ended or passed on, and what the person said. */
export const HandOverNote = z.object({
  id: z.string(),
  equipment: z.string(),
  at: Instant,
  /** What happened to control; `note`: only written down, by whoever had it. */
  change: z.enum([
    "taken",
    "released",
    "requested",
    "withdrawn",
    "declined",
    "handed-over",
    "forced",
    "expired",
    "ended",
    "note",
  ]),
  from: z.string().optional(),
  to: z.string().optional(),
  heldSince: Instant.optional(),
  /** Why it ended, where nobody ended it: the words of `LiveEvent` `lease`, `reason`. */
  why: z.string().optional(),
  text: z.string().optional(),
  state: z.string().optional(),
  /** Mode is Production; null: not Good. */
  production: z.boolean().nullable().optional(),
  remote: z.boolean().nullable().optional(),
  /** Devices that were not connected. */
  linksDown: z.array(z.string()),
  commands: z.array(NotedCommand),
  /** Nobody knows whether they had an effect. */
  unknown: z.array(NotedCommand),
});
export type HandOverNote = z.infer<typeof HandOverNote>;

export const HandOverParameters = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(10),
  next: z.string().max(200).optional(),
});
export const HandOverPage = z.object({ items: z.array(HandOverNote), next: z.string().optional() });

/** R17, R43: something that whoever is on call has to hear of. */
export const OnCallEntry = z.object({
  id: z.string(),
  equipment: z.string(),
  at: Instant,
  text: Text,
  acknowledgedBy: z.string().optional(),
  acknowledgedAt: Instant.optional(),
});
export type OnCallEntry = z.infer<typeof OnCallEntry>;
export const OnCallList = z.array(OnCallEntry);
