import { z } from "zod";
import { dataTypes } from "../../core/value.ts";
import { Condition } from "./scalars.ts";
import { kept, named, shown } from "./tag.ts";

const timeUnits = { s: 1_000, min: 60_000, h: 3_600_000 } as const;

/** What is made of an expression's values in the course of time. */
export const OverTime = z
  .strictObject({
    function: z
      .enum(["total", "integral", "runningTime", "minimum", "maximum"])
      .describe(
        "`total`: how far a counter went; `integral`: a value times the time for which it held (kW → kWh); `runningTime`: how long a condition was true; `minimum`, `maximum`: of the values.",
      ),
    each: z
      .enum(["shift", "day", "always"])
      .default("day")
      .describe("When it begins anew, in the site's zone: with each of `site.shifts`, at midnight, or never."),
    timeUnit: z
      .enum(["s", "min", "h"])
      .optional()
      .describe("Of `integral` and `runningTime`: the unit of time in the result; `h` where it is not given."),
    rollOver: z
      .number()
      .positive()
      .optional()
      .describe(
        "Of `total`: the counter begins again at 0 instead of reaching this value, such as 65536. Without it a counter that goes back was reset.",
      ),
    percentGood: z
      .number()
      .min(0)
      .max(100)
      .default(99)
      .describe("So much of the time must be known; below it the value is Uncertain_DataSubNormal, never Good."),
  })
  .transform(({ timeUnit, ...over }) => ({ ...over, timeUnit, timeUnitMs: timeUnits[timeUnit ?? "h"] }));

/** A tag that the gateway computes. */
export const DerivedSchema = z.strictObject({
  ...named,
  expression: Condition.describe(
    "CEL over other tags: a bare name is a tag of the same machine, `other.tag` one of another. Its quality is the worst of what it reads, its time the newest.",
  ),
  over: OverTime.optional().describe("What is made of the expression's values in the course of time."),
  type: z
    .enum(dataTypes)
    .default("double")
    .describe("Data type; the expression is checked against it. What comes of `over` is a double."),
  ...shown,
  ...kept,
});
export type DerivedSchema = z.output<typeof DerivedSchema>;
