import { z } from "zod";
import { duration, formatDuration } from "../../kit/duration.ts";
import { pointerTemplate } from "./pointer.ts";
import { Timestamp } from "./timestamps.ts";
import { canBeDeep, hasPlaceholder, type Placeholder, placeholders, wrongFilter } from "./topic-filter.ts";

const mostNames = 10_000;

const filterText = z
  .string()
  .min(1)
  .max(1024)
  .superRefine((text, context) => {
    const wrong = wrongFilter(text);
    if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong });
  });

const id = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*$/, { error: "an id of small letters, digits and _, beginning with a letter" });
const ids = z.union([id.transform((one) => [one]), z.array(id).min(1).max(mostNames)]);

/** A word that may stand for a placeholder: no wildcard, and no empty level (some devices and brokers lose those). */
const word = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^+#\0/]+(\/[^+#\0/]+)*$/, { error: "a word of a topic, without + and #" });

const names = z.record(word, id).superRefine((map, context) => {
  const words = new Map<string, string>();
  for (const [name, target] of Object.entries(map)) {
    const other = words.get(target);
    const message = `"${other}" is ${target} already: one tag would come from two topics`;
    if (other !== undefined) context.addIssue({ code: "custom", path: [name], message });
    words.set(target, name);
  }
});

const Part = z.strictObject({
  topic: filterText.describe("With the placeholders of the filter."),
  path: pointerTemplate
    .optional()
    .describe("Where the value stands in a JSON payload; without it the payload is the value."),
});

const shape = z.strictObject({
  filter: filterText.describe(
    "A topic with `{equipment}` and `{tag}` where the names stand, at most one to a level; all else is fixed, also within a level (`plant/{equipment}/m-{tag}/value`).",
  ),
  path: pointerTemplate
    .optional()
    .describe("JSON pointer to the value, perhaps with placeholders too; without it the payload is the value as text."),
  names: z
    .strictObject({
      equipment: names.optional().describe("Word of the topic: id of the equipment."),
      tag: names
        .optional()
        .describe("Word of the topic or path: id of the tag. A word of several levels where `{tag}` ends the filter."),
    })
    .default({})
    .describe("For words that are not ids; all others are the ids themselves."),
  equipment: ids
    .optional()
    .describe("The equipment it is for; all where it is not given. One where there is no `{equipment}`."),
  tags: ids
    .optional()
    .describe("The tags it is for; all of the device where it is not given. One where there is no `{tag}`."),
  qos: z.union([z.literal(0), z.literal(1)]).default(0),
  decimal: z.enum([".", ","]).default(".").describe("Decimal sign of numbers written as text."),
  timestamp: Timestamp.optional().describe("Where the device says when the value came to be."),
  write: Part.optional().describe("Where new values of writable tags are published."),
  acknowledge: Part.optional().describe("Where the device answers a write by repeating the value."),
  acknowledgeWithin: duration(50, 60_000).optional(),
  unmapped: z
    .enum(["count", "ignore"])
    .default("count")
    .describe(
      "`count`: what matches and is no tag is counted and named; `ignore`: only the topics of tags are subscribed to.",
    ),
});

/** A device's topics at once: which tag comes from which, without an address at each. */
export const Topics = shape.superRefine((topics, context) => {
  const wrong = (path: readonly (string | number)[], message: string): void =>
    context.addIssue({ code: "custom", path: [...path], message });
  for (const placeholder of placeholders) {
    const own = placeholder === "tag" ? "tags" : "equipment";
    const isThere = hasPlaceholder(topics.filter, placeholder) || hasPlaceholder(topics.path, placeholder);
    if (!isThere && topics[own]?.length !== 1)
      wrong(["filter"], `has no {${placeholder}}, neither has the path: \`${own}\` must name the one it is for`);
    for (const [name] of Object.entries(topics.names[placeholder] ?? {})) checkName(topics, placeholder, name, wrong);
    const part = topics.names[placeholder] && !isThere;
    if (part) wrong(["names", placeholder], `names are for {${placeholder}}, which is not there`);
  }
  if (topics.acknowledge && !topics.write) wrong(["acknowledge"], "needs `write`");
  if (topics.write && placeholders.some((each) => isLost(topics, each)))
    wrong(["write", "topic"], "must tell the tags apart as the filter does: a placeholder is missing");
});
export type Topics = z.output<typeof Topics>;

type Wrong = (path: readonly (string | number)[], message: string) => void;

function checkName({ filter }: z.output<typeof shape>, placeholder: Placeholder, name: string, wrong: Wrong): void {
  if (!name.includes("/") || !hasPlaceholder(filter, placeholder)) return;
  if (placeholder === "equipment" || !canBeDeep(filter, placeholder))
    wrong(["names", placeholder, name], "a word of several levels needs a filter that ends in /{tag}");
}

/** Whether a write could not tell which tag is meant. */
function isLost({ filter, path, write }: z.output<typeof shape>, placeholder: Placeholder): boolean {
  const isThere = hasPlaceholder(filter, placeholder) || hasPlaceholder(path, placeholder);
  return isThere && !hasPlaceholder(write?.topic, placeholder) && !hasPlaceholder(write?.path, placeholder);
}

/** What all tags of a group of topics have in common, as it would be written at a tag. */
export function commonAddress(topics: Topics): Readonly<Record<string, unknown>> {
  const { qos, decimal, timestamp, acknowledgeWithin } = topics;
  return {
    qos,
    decimal,
    ...(timestamp && { timestamp: { ...timestamp, maxAge: formatDuration(timestamp.maxAge) } }),
    ...(acknowledgeWithin !== undefined && { acknowledgeWithin: formatDuration(acknowledgeWithin) }),
  };
}
