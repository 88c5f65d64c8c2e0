import { z } from "zod";
import { TargetView } from "./administration.ts";
import { Instant } from "./scalars.ts";

/** What one group of `historian.retention` keeps, and takes. */
export const StoredGroupView = z.object({
  /** Absent: the tags in no group, which are kept for ever. */
  id: z.string().optional(),
  /** Patterns of full names. */
  tags: z.array(z.string()),
  /** Series, also of tags of earlier configurations. */
  series: z.number(),
  /** Packed samples; the newest of each tag, up to 120, are not packed yet. */
  samples: z.number(),
  bytes: z.number(),
  bytesPerDay: z.number(),
  /** Of the oldest packed sample. */
  oldestAt: Instant.optional(),
  /** Absent: nothing goes by age, or by size. */
  ageS: z.number().optional(),
  sizeBytes: z.number().optional(),
});
export type StoredGroupView = z.infer<typeof StoredGroupView>;

export const StorageView = z.object({
  /** False: chunks are still being counted, a while after the start; figures of groups are too low until then. */
  counted: z.boolean(),
  points: z.number(),
  /** Of the history's file and its write-ahead log. */
  bytesOnDisk: z.number(),
  /** Of these, free for what comes. */
  reusableBytes: z.number(),
  /** Absent: it cannot be told. */
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }).optional(),
  /** Of `historian.disk`. */
  limits: z.object({ sizeBytes: z.number().optional(), freeBytes: z.number().optional() }),
  /** Whether the disk, or the limit on it, gets full at the pace of the last seven days; `unknown`: not known yet. */
  outlook: z.enum(["full", "never", "unknown"]),
  /** With `outlook: full`. */
  fullInDays: z.number().optional(),
  oldestAt: Instant.optional(),
  groups: z.array(StoredGroupView),
  /** Samples taken out since the start of the gateway, by why; `unsent`: of them, those that a target had not got. */
  retired: z.object({ age: z.number(), size: z.number(), disk: z.number(), unsent: z.number() }),
  fault: z.string().optional(),
  targets: z.array(TargetView),
});
export type StorageView = z.infer<typeof StorageView>;
