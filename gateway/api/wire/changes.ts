import { z } from "zod";
import { Instant, Text } from "./scalars.ts";

/** R9: one change of the configuration that widens control. */
export const ControlChange = z.object({
  /** `press`, `press/speed`, `press:start`, or a device. */
  target: z.string(),
  /** What about it, as the configuration calls it. */
  key: z.string(),
  label: Text,
  from: Text,
  to: Text,
  /** Whether the whole machine waits with it. */
  whole: z.boolean(),
});
export type ControlChange = z.infer<typeof ControlChange>;

/** What was accepted of a machine's control, by whom. */
export const Accepted = z.object({
  at: Instant,
  /** A name, two names, or `system:…`. */
  by: z.string(),
  address: z.string(),
  /** When the configuration last narrowed control, which takes effect by itself. */
  narrowedAt: Instant.optional(),
});
export type Accepted = z.infer<typeof Accepted>;

/** A machine whose control was widened, and waits. */
export const WaitingChanges = z.object({
  equipment: z.string(),
  name: Text,
  /** Names exactly what is shown; confirming and accepting repeat it. */
  digest: z.string(),
  whole: z.boolean(),
  /** What cannot be commanded meanwhile, where it is not the whole machine. */
  targets: z.array(z.string()),
  changes: z.array(ControlChange),
  /** What holds now; left out: nothing, the machine is new. */
  accepted: Accepted.optional(),
  /** Who looked at exactly this and wants it; `self`: whoever asks. */
  confirmedBy: z.object({ name: z.string(), self: z.boolean() }).optional(),
  /** Whether the machine stands so that it may be accepted now. */
  now: z.object({ allowed: z.boolean(), say: Text.optional() }),
  /** Whether whoever asks may confirm and accept. */
  mayAccept: z.boolean(),
});
export type WaitingChanges = z.infer<typeof WaitingChanges>;

export const ChangesPage = z.object({ items: z.array(WaitingChanges) });
export type ChangesPage = z.infer<typeof ChangesPage>;

export const ChangesDigest = z.strictObject({
  digest: z.string().regex(/^[0-9a-f]{64}$/, { error: "the digest of the changes that were shown" }),
});
export type ChangesDigest = z.infer<typeof ChangesDigest>;
