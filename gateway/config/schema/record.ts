import { z } from "zod";
import { duration } from "../../kit/duration.ts";

const day = 86_400_000;

const Percent = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,6})?%$/, { error: 'a number, or a part of the range such as "0.5%"', abort: true })
  .transform((text) => ({ percent: Number(text.slice(0, -1)) }))
  .refine(({ percent }) => percent > 0 && percent < 100, { error: "a part of the range between 0% and 100%" });

const Rule = z
  .strictObject({
    deadband: z
      .union([z.number().positive(), Percent])
      .optional()
      .describe(
        'Numbers only: a value no farther than this from the one recorded last is not recorded. In the tag\'s unit, or as a part of its range: `"0.5%"`.',
      ),
    minInterval: duration(1, day)
      .optional()
      .describe("At most one sample for each such time; the newest that had to wait follows when it is over."),
    maxInterval: duration(1000, 30 * day)
      .optional()
      .describe("At least one sample for each such time while the device answers, though the value is steady."),
  })
  .refine(({ minInterval = 0, maxInterval = minInterval + 1 }) => minInterval < maxInterval, {
    error: "a minInterval shorter than the maxInterval",
  });

/** What of a tag's samples is kept: all changes, none, or those that a rule wants. */
export const Record = z.union([z.boolean(), Rule]);
export type Record = z.output<typeof Record>;
