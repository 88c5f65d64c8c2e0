import { z } from "zod";
import { bucketAggregates } from "../../core/history-port.ts";
import { JsonValue } from "./scalars.ts";

const names = bucketAggregates.join("|");

export const HistoryParameters = z.object({
  /** Full names, comma between. */
  tags: z.string().min(1).max(4000),
  start: z.iso.datetime({ offset: true }),
  end: z.iso.datetime({ offset: true }).optional(),
  aggregate: z
    .string()
    .max(300)
    .regex(new RegExp(`^(raw|(${names})(,(${names}))*)$`), {
      error: `raw, or with commas between: ${bucketAggregates.join(", ")}`,
    })
    .default("raw")
    .describe(
      "raw, or aggregates of OPC UA Part 13 with commas between, all of the same buckets: one series for each tag and aggregate. Values recorded on change hold on into a bucket; minimumActualTime and maximumActualTime have the time at which it was.",
    ),
  state: z
    .string()
    .max(200)
    .optional()
    .describe("For durationInState, in ms: the value as JSON writes it. Left out: any that is not zero."),
  interval: z
    .string()
    .max(20)
    .optional()
    .describe(
      "Width of a bucket from start on: 500ms, 10s, 1m, 1h. Or hour, day, week, month: as the calendar of `zone` has them, a day of 23 or 25 hours among them; the first and the last are cut by start and end.",
    ),
  zone: z
    .string()
    .max(60)
    .optional()
    .describe(
      "For hours, days, weeks and months: a zone of the IANA list; the site's where it is not given. With it 1h, 1d and 7d are calendar's too.",
    ),
  /** Instead of interval: how many buckets. */
  points: z.coerce.number().int().min(1).max(10_000).optional(),
  limit: z.coerce.number().int().min(1).max(100_000).optional(),
  next: z.string().max(500).optional(),
  format: z.enum(["json", "csv"]).default("json"),
  layout: z
    .enum(["series", "table"])
    .default("series")
    .describe(
      "table: all tags on one time axis, one row a bucket, in pages along the time. For aggregates, but not those that have times of their own.",
    ),
});

export const HistoryAnswer = z.object({
  series: z.array(
    z.object({
      tag: z.string(),
      /** Left out for raw samples. */
      aggregate: z.enum(bucketAggregates).optional(),
      /** Only where it is false: the tag is not recorded now (`record: false`); points are of a time when it was. */
      recorded: z.literal(false).optional(),
      points: z.array(z.tuple([z.number(), JsonValue, z.number()])),
    }),
  ),
  next: z.string().optional(),
});
export type HistoryAnswer = z.infer<typeof HistoryAnswer>;

/** `layout=table`: a row is [timeMs, [value, status] of each column, …]. */
export const HistoryTable = z.object({
  columns: z.array(z.object({ tag: z.string(), aggregate: z.enum(bucketAggregates) })),
  rows: z.array(z.tuple([z.number()], z.tuple([JsonValue, z.number()]))),
  next: z.string().optional(),
});
export type HistoryTable = z.infer<typeof HistoryTable>;
