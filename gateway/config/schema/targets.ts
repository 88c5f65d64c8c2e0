import { z } from "zod";
import { duration } from "../../kit/duration.ts";

const day = 86_400_000;

/** Line protocol has no way to write a backslash at the end of a name, nor any control character. */
const Name = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\\]*$/u, { error: "a name without \\ and control characters" });

const Endpoint = z
  .url({ protocol: /^https?$/, error: 'a URL such as "http://127.0.0.1:8086"', abort: true })
  .refine((url) => new URL(url).username === "" && new URL(url).password === "", {
    error: "a URL without user and password, which have keys of their own",
  })
  .refine((url) => new URL(url).search === "" && new URL(url).hash === "", { error: "a URL without ? and #" });

/** A server that the record is forwarded to, each with a durable place of its own in it. */
export const Target = z
  .strictObject({
    kind: z
      .enum(["influx", "victoria-metrics"])
      .describe(
        "`influx`: InfluxDB 1.x, or the 1.x endpoint of 2 and 3. `victoria-metrics`: the same lines, without texts, which it would turn into 0.",
      ),
    url: Endpoint.describe("Where it answers, without `/write`."),
    database: Name.describe("Made at the start where it is missing and the user may."),
    user: z.string().min(1).max(200).optional(),
    password: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe(`\`"\${sealed:TEXT}"\`, \`"\${env:NAME}"\` or \`"\${file:PATH}"\`.`),
    retention: duration(3_600_000, 36_500 * day)
      .optional()
      .describe(
        "How long that server keeps it: a retention policy `plancia` is made and becomes the database's default. Without it the database's own holds.",
      ),
    tags: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(1000)
      .default(["*"])
      .describe("Patterns of full names: `press/*`. What a pattern added later fits is sent from then on."),
    measurement: Name.default("plancia").describe(
      "Under which name. The tags are `gateway`, `equipment`, `tag`, `unit`.",
    ),
    batch: z.int().min(1).max(50_000).default(5000).describe("Samples of one request, at most."),
    interval: duration(50, 3_600_000).prefault("1s").describe("How long samples are gathered before they are sent."),
    timeout: duration(100, 300_000).prefault("10s").describe("How long an answer may take."),
  })
  .refine((target) => (target.user === undefined) === (target.password === undefined), {
    error: "user and password, or neither",
  })
  .refine((target) => target.kind === "influx" || target.retention === undefined, {
    error: "retention only with kind: influx; VictoriaMetrics has it as an option of its own start",
    path: ["retention"],
  });
export type Target = z.output<typeof Target>;
