import { z } from "zod";
import { CommandState } from "./command.ts";
import { Allowed, DeviceLink, LockOutView } from "./equipment.ts";
import { Instant, JsonValue, Text } from "./scalars.ts";

/** The kiosk at the machine. Times that run are durations: a kiosk's clock counts for nothing (R3). */

export const EnrolRequest = z.strictObject({ secret: z.string().min(1).max(200) });

const entry = { user: z.string().min(1).max(100), pin: z.string().regex(/^\d{6,12}$/) };

export const ConfirmRequest = z.strictObject(entry);
export const LockOutRequest = z.strictObject({ ...entry, reason: z.string().max(200).optional() });
export const LiftRequest = z.strictObject({ ...entry, id: z.string().min(1).max(100) });
/** `on`: remote control is cut off. */
export const IslandRequest = z.strictObject({ ...entry, on: z.boolean() });
export const DeclineRequest = z.strictObject({ command: z.string().min(1).max(100) });

export const PendingView = z.object({
  id: z.string(),
  command: Text,
  user: z.string(),
  consequence: Text.optional(),
  /** Somebody else has to approve it too. */
  approval: z.boolean(),
  leftMs: z.number().optional(),
});

export const ConfirmationView = z.object({
  /** How long a confirmation is good. */
  holdsMs: z.number(),
  given: z.object({ by: z.string(), leftMs: z.number() }).optional(),
  /** Why nobody can confirm now. */
  obstacle: z.enum(["locked-out", "island", "chain", "key"]).optional(),
});

/** A command as somebody at the machine wants to know it: who had what done, and how it ended. */
export const KioskCommand = z.object({
  id: z.string(),
  kind: z.enum(["write", "command", "stop"]),
  /** Of the tag or the declared command. */
  name: Text.optional(),
  value: JsonValue.optional(),
  unit: z.string().optional(),
  decimals: z.number().optional(),
  user: z.string(),
  at: Instant,
  state: CommandState,
});

export type KioskCommand = z.infer<typeof KioskCommand>;

const Slot = z.object({ who: z.string(), start: Instant, end: Instant });

export const KioskView = z.object({
  kiosk: z.object({ name: z.string() }),
  site: z.string(),
  /** The gateway's clock. */
  at: Instant,
  /** False: every write but stop is refused. */
  auditWritten: z.boolean(),
  machine: z.object({ id: z.string(), name: Text }),
  state: z.object({ name: z.string(), since: Instant.optional() }).optional(),
  mode: z.object({ production: z.boolean().nullable(), value: JsonValue }).optional(),
  local: z
    .object({ declared: z.enum(["key", "none"]), tag: z.string().optional(), remote: z.boolean().nullable() })
    .optional(),
  emergencyStop: z
    .object({ tag: z.string(), closed: z.boolean().nullable(), ready: z.boolean(), why: Text.optional() })
    .optional(),
  /** Start permits that are read from the machine, by command. */
  zone: z.array(z.object({ command: Text, given: z.union([z.boolean(), z.literal("unknown")]) })),
  /** Absent: no command waits for somebody at the machine. */
  confirmation: ConfirmationView.optional(),
  control: z.object({ holder: z.string().nullable(), since: Instant.optional() }),
  pending: z.array(PendingView),
  /** `site`: the whole site is cut off, which is lifted on the box alone. */
  island: z.object({
    cut: z.boolean(),
    site: z.boolean(),
    who: z.string().optional(),
    since: Instant.optional(),
  }),
  lockOuts: z.array(LockOutView),
  links: z.array(DeviceLink),
  stop: Allowed.extend({ declared: z.boolean(), withinMs: z.number().optional() }),
  /** null: the records cannot be read. */
  record: z.object({ commands: z.array(KioskCommand), booking: Slot.optional(), next: Slot.optional() }).nullable(),
  /** Whose PIN is taken here. */
  attendants: z.array(z.string()),
  phone: z.string().optional(),
});
export type KioskView = z.infer<typeof KioskView>;
