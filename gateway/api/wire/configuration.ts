import { z } from "zod";
import { ControlChange } from "./changes.ts";
import { Instant, JsonValue, Text } from "./scalars.ts";

/** One thing of the configuration that is not as it was. */
export const PartDifference = z.object({
  part: z.enum(["setting", "device", "equipment", "tag", "command"]),
  /** `server`, a device, a machine, `press/speed` or `press:start`. */
  name: z.string(),
  fate: z.enum(["added", "removed", "changed", "renamed"]),
  /** Of a renamed tag: what it was called. */
  formerly: z.string().optional(),
  /** By path within the thing, at most 200; null: it was not there, or is gone. */
  values: z.record(z.string(), z.object({ from: JsonValue, to: JsonValue })),
  /** All of `values`, also where they are cut. */
  total: z.number().int(),
  /** Of an added or removed machine. */
  within: z.object({ tags: z.number().int(), commands: z.number().int() }).optional(),
  say: Text,
});
export type PartDifference = z.infer<typeof PartDifference>;

/** What a restart would make of the configuration file as it lies there now. */
export const PendingConfiguration = z.discriminatedUnion("state", [
  z.object({ state: z.literal("same") }),
  z.object({
    state: z.literal("invalid"),
    /** At most 200. */
    problems: z.array(
      z.object({ line: z.number().int(), column: z.number().int(), path: z.string(), text: z.string() }),
    ),
  }),
  z.object({
    state: z.literal("different"),
    /** At most 500. */
    parts: z.array(PartDifference),
    /** All of `parts`, also where they are cut. */
    total: z.number().int(),
    /** What would widen control, and wait to be accepted (R9). At most 500. */
    waits: z.array(ControlChange),
  }),
]);
export type PendingConfiguration = z.infer<typeof PendingConfiguration>;

/** A configuration that was started, or saved to be started. */
export const ConfigurationVersion = z.object({
  n: z.number().int(),
  at: Instant,
  /** Whoever saved it; `system:gateway`: it lay there at a start, and who wrote it is not known. */
  who: z.string(),
  why: z.string().optional(),
  /** Secrets that are left out of its text: it can be gone back to only on the box. */
  leftOut: z.number().int(),
  /** The last start with it; left out: none yet. */
  startedAt: Instant.optional(),
});
export type ConfigurationVersion = z.infer<typeof ConfigurationVersion>;

export const ConfigurationVersions = z.object({ items: z.array(ConfigurationVersion) });
export type ConfigurationVersions = z.infer<typeof ConfigurationVersions>;

/** What a version changed of the one before. */
export const VersionChanges = z.object({ parts: z.array(PartDifference), total: z.number().int() });
export type VersionChanges = z.infer<typeof VersionChanges>;

export const GoBack = z.strictObject({ why: z.string().trim().min(1).max(500).optional() });
export type GoBack = z.infer<typeof GoBack>;
