import { z } from "zod";
import { aggregates } from "../../core/history-port.ts";
import { JsonValue } from "./scalars.ts";

export const HistoryParameters = z.object({
  /** Full names, comma between. */
  tags: z.string().min(1).max(4000),
  start: z.iso.datetime({ offset: true }),
  end: z.iso.datetime({ offset: true }).optional(),
  aggregate: z.enum(aggregates).default("raw"),
  /** `500ms`, `10s`, `1m`, `1h`. */
  interval: z.string().max(20).optional(),
  /** Instead of interval: how many buckets. */
  points: z.coerce.number().int().min(1).max(10_000).optional(),
  limit: z.coerce.number().int().min(1).max(100_000).optional(),
  next: z.string().max(500).optional(),
  format: z.enum(["json", "csv"]).default("json"),
});

export const HistoryAnswer = z.object({
  series: z.array(z.object({ tag: z.string(), points: z.array(z.tuple([z.number(), JsonValue, z.number()])) })),
  next: z.string().optional(),
});
export type HistoryAnswer = z.infer<typeof HistoryAnswer>;
