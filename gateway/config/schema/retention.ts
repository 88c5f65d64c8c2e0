import { z } from "zod";
import { byteSize } from "../../kit/byte-size.ts";
import { duration } from "../../kit/duration.ts";

const day = 86_400_000;

/** Tags whose history is kept by one rule. */
export const RetentionGroup = z
  .strictObject({
    tags: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(1000)
      .default(["*"])
      .describe("Patterns of full names: `press/*`. A tag belongs to the first group that it fits."),
    age: duration(3_600_000, 36_500 * day)
      .optional()
      .describe("What is older goes, in whole chunks. The value in force at that moment stays."),
    size: byteSize(1e6)
      .optional()
      .describe("Of the packed samples of the group together: `500MB`, `20GB`, `2GiB`. Beyond it the oldest go."),
  })
  .refine(({ age, size }) => age !== undefined || size !== undefined, { error: "an age, a size, or both" });
export type RetentionGroup = z.output<typeof RetentionGroup>;

export const Disk = z.strictObject({
  size: byteSize(10e6).optional().describe("Of the history's file. Beyond it the oldest of all go."),
  free: byteSize(1e6).optional().describe("So much stays free on the disk; with less the oldest of all go."),
});
