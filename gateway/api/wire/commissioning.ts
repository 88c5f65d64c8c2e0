import { z } from "zod";
import { Accepted, ControlChange } from "./changes.ts";
import { Text } from "./scalars.ts";

/** One line: what is said of something, in words. */
export const SheetRow = z.object({ key: z.string(), label: Text, value: Text });
export type SheetRow = z.infer<typeof SheetRow>;

/** A tag that can be written, or a declared command. */
export const SheetEntry = z.object({
  /** `press/speed`, `press:start`. */
  target: z.string(),
  name: Text,
  class: z.enum(["C0", "C1", "C2", "C3"]),
  unit: z.string().optional(),
  /** R12, in words. */
  consequence: Text.optional(),
  rows: z.array(SheetRow),
});
export type SheetEntry = z.infer<typeof SheetEntry>;

/** R19: what can be done to one machine from afar, and who stands for it. */
export const CommissioningView = z.object({
  equipment: z.string(),
  name: Text,
  area: z.string().optional(),
  description: Text.optional(),
  site: z.string(),
  gateway: z.string(),
  version: z.string(),
  /** Names exactly this control. */
  digest: z.string(),
  machine: z.array(SheetRow),
  tags: z.array(SheetEntry),
  commands: z.array(SheetEntry),
  /** What the gateway writes without a person (R14). */
  alone: z.array(z.object({ principal: z.string(), text: Text })),
  hazards: z.array(Text),
  measures: z.array(Text),
  signedBy: z.string().optional(),
  /** ISO date. */
  signedOn: z.string().optional(),
  /** `older`: something was accepted or narrowed on a later day. */
  signature: z.enum(["none", "good", "older"]),
  accepted: Accepted.optional(),
  /** What of it widens control, waits to be accepted, and so is not in force. */
  waiting: z.array(ControlChange),
});
export type CommissioningView = z.infer<typeof CommissioningView>;
