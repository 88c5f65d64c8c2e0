import { z } from "zod";

/** Messages between the gateway and its clients. `dashboard/` imports their types, nothing else. */

export const Text = z.object({ en: z.string(), it: z.string() });
export type Text = z.infer<typeof Text>;

/** 64-bit integers, NaN and ±Inf as text; bytes as base64; null: no value. */
export const JsonValue = z.union([z.number(), z.boolean(), z.string(), z.null()]);
export type JsonValue = z.infer<typeof JsonValue>;

/** RFC 3339 UTC with milliseconds. */
export const Instant = z.iso.datetime({ precision: 3 });

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string(), rule: z.string().optional() })).optional(),
});
export type Problem = z.infer<typeof Problem>;
